package dev.ghost.internal.migration;

import dev.ghost.internal.change.Marker;
import dev.ghost.internal.checkpoint.Checkpoint;
import dev.ghost.internal.copy.ChunkSize;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.throttle.Throttle;
import dev.ghost.internal.verify.Verifier;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The comparisons of source and ghost: the first, which has to be made, and those of a run that
 * waits for its cutover. Keeps what the last whole one has shown. Owned by the run's own thread,
 * which is the only one to call it; {@link #work} and {@link #giveWay} are for the threads that
 * compare.
 */
final class Comparisons {

  /** Pending keys with which it makes sense to compare a chunk. */
  private static final int VERIFIABLE = 10_000;

  /** Keys that differed in the comparison and go into a checkpoint. */
  private static final int MOST_SUSPECTS = 1_000;

  private final Server server;
  private final PlannedMigration planned;
  private final Replicator replicator;
  private final Throttle throttle;
  private final Supplier<ChunkSize> size;

  /**
   * Of those who compare; kept, because a run that waits for its cutover compares again and again.
   */
  private final Map<Integer, Marker.Fence> fences = new ConcurrentHashMap<>();

  /** Null until the first has begun. */
  private @Nullable Verifier verifier;

  /** Rows that the run before has compared. */
  private long before;

  private Set<RowKey> restless = Set.of();

  Comparisons(
      Server server,
      PlannedMigration planned,
      Replicator replicator,
      Throttle throttle,
      Supplier<ChunkSize> size) {
    this.server = server;
    this.planned = planned;
    this.replicator = replicator;
    this.throttle = throttle;
    this.size = size;
  }

  /** Continues with that of the run before. */
  Verifier first(Optional<Checkpoint> earlier) {
    // A change that was made while no run was there to watch may have gone past the stream.
    Optional<Checkpoint> goesOn = earlier.filter(e -> planned.streamSeesAll());
    before = goesOn.map(Checkpoint::rowsCompared).orElse(0L);
    verifier =
        new Verifier(
            planned,
            size.get(),
            goesOn.map(Checkpoint::compared).orElse(CompletedRange.NOTHING),
            goesOn.map(Checkpoint::suspects).orElse(List.of()));
    return verifier;
  }

  /** Counts only when it is {@link #explain}ed. */
  Verifier another() {
    return new Verifier(planned, size.get(), CompletedRange.NOTHING, List.of());
  }

  /** What each thread does. */
  Workers.SharedTask work(Verifier comparison) {
    return (worker, session) -> {
      // A mistake of the copy's fences could not be seen where the same is still not visible.
      fences.computeIfAbsent(worker, w -> replicator.marker().fence()).pass(session);
      comparison.run(session, giveWay(worker));
    };
  }

  /** How a thread that reads both tables gives way. */
  Verifier.GiveWay giveWay(int worker) {
    return new Verifier.GiveWay() {
      @Override
      public void await(long rows, Duration took, BooleanSupplier over)
          throws InterruptedException {
        throttle.await(worker, rows, took, over);
        replicator.pending().awaitAtMost(VERIFIABLE);
      }

      @Override
      public void awaitWithin() throws InterruptedException {
        throttle.awaitWithin(worker);
        replicator.pending().awaitAtMost(VERIFIABLE);
      }
    };
  }

  /** Has each difference that a whole comparison has found explained by a change. */
  void explain(Verifier whole) throws SQLException, InterruptedException {
    try (Session session = server.open(planned.profile().withSnapshot())) {
      restless = whole.explain(session, replicator.changes());
    }
    if (whole != verifier) {
      verifier = whole;
      before = 0;
    }
  }

  /** Under the cutover's lock: of rows that changed whenever they were looked at. */
  void lastLook(Session session) throws SQLException, InterruptedException {
    if (verifier != null && !restless.isEmpty()) {
      verifier.mustAgree(session, restless);
    }
  }

  boolean begun() {
    return verifier != null;
  }

  /** By this run and those that it continues from; of the last whole comparison. */
  long rows() {
    return verifier == null ? 0 : before + verifier.rowsVerified();
  }

  /** Notes what is compared; what differs too much is compared again by the run that resumes. */
  Checkpoint noted(Checkpoint last) {
    if (verifier == null) {
      return last;
    }
    // In this order: a chunk that is compared meanwhile may have suspects too many, not too few.
    CompletedRange compared = verifier.compared();
    long rows = rows();
    Collection<RowKey> suspects = verifier.suspects();
    return suspects.size() > MOST_SUSPECTS
        ? last
        : last.withCompared(compared, rows, List.copyOf(suspects));
  }
}
