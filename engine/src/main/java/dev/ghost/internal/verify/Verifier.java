package dev.ghost.internal.verify;

import dev.ghost.api.VerificationException;
import dev.ghost.internal.copy.ChunkSize;
import dev.ghost.internal.copy.Chunker;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.Frontier.Chunk;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares source and ghost, chunk by chunk, each in one snapshot, without a lock. {@link #run} is
 * called by several threads at once, each with a session of its own; {@link #explain} by one, after
 * them.
 *
 * <p>A key that differs is a suspect. Whether a change that had not been applied explains it is
 * found out by comparing it again, and by watching whether it changed meanwhile.
 */
public final class Verifier {

  private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);

  /** More suspects than that in one chunk are not explained by writers: the ghost is wrong. */
  private static final int MOST_SUSPECTS = 100_000;

  /**
   * Rows that change so often that no look finds them at rest are left to the last look, under the
   * lock.
   */
  private static final int ROUNDS = 8;

  /** Keys of one comparing statement. */
  private static final int LOOK = 1_000;

  private static final int SHOWN = 10;

  private final PlannedMigration planned;
  private final VerifySql sql;
  private final Chunker chunker;
  private final Frontier frontier;
  private final ChunkSize size;
  private final LongAdder rows = new LongAdder();
  private final Set<RowKey> suspects = new LinkedHashSet<>();
  private volatile boolean abandoned;

  /** What explaining needs to know of the changes. */
  public interface Changes {
    /**
     * Notes which of the keys change from now on, then waits until all that was committed before is
     * applied.
     */
    Seen settleAndWatch(Collection<RowKey> keys) throws SQLException, InterruptedException;
  }

  /**
   * Rests when the server needs it, and lets the replay go first: what it has not applied yet would
   * look like a difference.
   */
  public interface GiveWay {
    /** Before a chunk. */
    void await(long lastRows, Duration took, BooleanSupplier over) throws InterruptedException;

    /** In the middle of one. */
    void awaitWithin() throws InterruptedException;
  }

  /** The keys that have changed since the watch began. */
  public interface Seen extends AutoCloseable {
    /** Waits until the stream has passed this moment, then tells which of the keys have changed. */
    Predicate<RowKey> untilNow() throws SQLException, InterruptedException;

    @Override
    void close();
  }

  /**
   * @param done what an earlier run has compared
   * @param suspects what differed in that
   */
  public Verifier(
      PlannedMigration planned, ChunkSize size, CompletedRange done, Collection<RowKey> suspects) {
    this.planned = planned;
    this.sql = planned.verify();
    this.size = size;
    this.frontier = new Frontier(planned.order(), done, false);
    this.chunker = new Chunker(sql, size, done);
    this.suspects.addAll(suspects);
  }

  /** Compares until every range is taken; keeps what differs as suspects. */
  public void run(Session session, GiveWay giveWay) throws SQLException, InterruptedException {
    long compared = 0;
    Duration took = Duration.ZERO;
    while (true) {
      giveWay.await(compared, took, chunker::ended);
      Optional<Chunk> chunk = abandoned ? Optional.empty() : chunker.next(session, frontier::start);
      if (chunk.isEmpty()) {
        return;
      }
      long begun = System.nanoTime();
      compared = session.transaction(c -> compare(c, chunk.get().range()));
      frontier.finish(chunk.get());
      rows.add(compared);
      took = Duration.ofNanos(System.nanoTime() - begun);
      size.took(compared, took);
    }
  }

  /** True when there is work for several threads. */
  public boolean divides() {
    return chunker.divides();
  }

  private long compare(Connection connection, KeyRange range) throws SQLException {
    sql.openSnapshot(connection, range);
    VerifySql.Comparison result = sql.compare(connection, range);
    if (!result.equal()) {
      List<RowKey> found = sql.differing(connection, range, MOST_SUSPECTS);
      if (found.isEmpty()) {
        // Each row has its like, and the chunks differ all the same.
        throw new VerificationException(
            "%s and %s differ in a range of keys in which no single row does: %2$s has a row twice."
                .formatted(planned.names().source(), planned.names().ghost()),
            "The source is untouched and still in use. Begin again with --start-over; and please"
                + " report this, with the table's definition and the change.",
            null);
      }
      // In one snapshot both ways of looking must agree, or a later look by key would prove
      // nothing.
      if (!Set.copyOf(differingWithin(connection, found)).containsAll(found)) {
        throw new IllegalStateException("rows that differ were not found again by their keys");
      }
      suspect(connection, found);
    }
    return result.rows();
  }

  private synchronized void suspect(Connection connection, List<RowKey> keys) {
    suspects.addAll(keys);
    LOG.debug("{} rows of a chunk differ; a change is to explain them", keys.size());
    if (suspects.size() >= MOST_SUSPECTS) {
      throw failed(connection, suspects);
    }
  }

  /**
   * Explains the suspects.
   *
   * @return keys that changed during every look; they have to be compared once more when writers
   *     are locked out
   * @throws VerificationException if a key differs that no change explains
   */
  public Set<RowKey> explain(Session session, Changes changes)
      throws SQLException, InterruptedException {
    session.execute(
        c -> {
          sql.openSnapshot(c, KeyList.NONE);
          suspect(c, sql.strays(c, MOST_SUSPECTS));
        });
    Set<RowKey> left = new LinkedHashSet<>(suspects);
    for (int round = 0; round < ROUNDS && !left.isEmpty(); round++) {
      try (Seen seen = changes.settleAndWatch(left)) {
        Set<RowKey> differing = new LinkedHashSet<>(differing(session, left));
        Set<RowKey> unexplained = new LinkedHashSet<>(differing);
        unexplained.removeIf(seen.untilNow());
        if (!unexplained.isEmpty()) {
          session.execute(
              c -> {
                sql.openSnapshot(c, KeyList.NONE);
                throw failed(c, unexplained);
              });
        }
        left = differing;
      }
    }
    return left;
  }

  /** Compares these keys once; for a caller that has locked writers out. */
  public void mustAgree(Session session, Collection<RowKey> keys)
      throws SQLException, InterruptedException {
    session.execute(
        c -> {
          List<RowKey> differing = new ArrayList<>();
          for (KeyList some : looks(keys)) {
            sql.openLocked(c, some);
            differing.addAll(sql.differing(c, some, LOOK));
          }
          if (!differing.isEmpty()) {
            throw failed(c, differing);
          }
        });
  }

  /** Ends the comparison before its end; what it has come to is of no use then. */
  public void abandon() {
    abandoned = true;
  }

  /** What is compared without gaps; what differed in it is among the {@link #suspects}. */
  public CompletedRange compared() {
    return frontier.finished();
  }

  /** The keys that have differed. */
  public synchronized Set<RowKey> suspects() {
    return Set.copyOf(suspects);
  }

  /** Rows of the source that have been compared. */
  public long rowsVerified() {
    return rows.sum();
  }

  private List<RowKey> differing(Session session, Collection<RowKey> keys)
      throws SQLException, InterruptedException {
    List<RowKey> differing = new ArrayList<>();
    for (KeyList some : looks(keys)) {
      differing.addAll(
          session.transaction(
              c -> {
                sql.openSnapshot(c, some);
                return sql.differing(c, some, LOOK);
              }));
    }
    return differing;
  }

  /** Within the open snapshot. */
  private List<RowKey> differingWithin(Connection connection, Collection<RowKey> keys)
      throws SQLException {
    List<RowKey> differing = new ArrayList<>();
    for (KeyList some : looks(keys)) {
      differing.addAll(sql.differing(connection, some, LOOK));
    }
    return differing;
  }

  private static List<KeyList> looks(Collection<RowKey> keys) {
    List<RowKey> all = List.copyOf(keys);
    List<KeyList> looks = new ArrayList<>();
    for (int i = 0; i < all.size(); i += LOOK) {
      looks.add(new KeyList(all.subList(i, Math.min(all.size(), i + LOOK))));
    }
    return looks;
  }

  /** Names the rows with their values, which are in the exception's message and nowhere else. */
  private VerificationException failed(Connection connection, Collection<RowKey> keys) {
    StringBuilder shown = new StringBuilder();
    SQLException unreadable = null;
    for (RowKey key : keys.stream().limit(SHOWN).toList()) {
      shown.append("\n  ").append(planned.describe(key));
      try {
        shown.append(sql.describeDifference(connection, key).text());
      } catch (SQLException e) {
        // The keys alone are worth telling; the values can be looked up by hand.
        unreadable = e;
      }
    }
    if (keys.size() > SHOWN) {
      shown.append("\n  and ").append(keys.size() - SHOWN).append(" more");
    }
    return new VerificationException(
        "%s and %s differ in rows that no concurrent change explains:%s"
            .formatted(planned.names().source(), planned.names().ghost(), shown),
        "The source is untouched and still in use. Please report this: the engine, or a writer with"
            + " other binary log settings than the server's, has missed a change.",
        unreadable);
  }
}
