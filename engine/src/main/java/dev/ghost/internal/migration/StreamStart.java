package dev.ghost.internal.migration;

import dev.ghost.api.StoppedException;
import dev.ghost.internal.change.ChangeStream;
import dev.ghost.internal.change.Feed;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Starts the change stream of one migration, or one for several that are swapped at the same
 * moment.
 *
 * @param session makes the server ready to stream
 * @param warning told what is waited for
 * @param tick called again and again meanwhile
 */
record StreamStart(Dialect dialect, Session session, Consumer<String> warning, Task tick) {

  private static final long TICK_MILLIS = 200;

  /** Anyone who prepares transactions decides them soon, unless something has gone wrong. */
  private static final Duration DECISION_LIMIT = Duration.ofSeconds(60);

  /**
   * One whose ghost is to be kept in step.
   *
   * @param earlier where its stream was when a run before ended
   */
  record Followed(
      TableName table,
      PlannedMigration planned,
      ChangeStream stream,
      Optional<Map<String, ?>> earlier) {}

  /**
   * Starts one stream for all.
   *
   * @return where it starts
   */
  StreamSpec.Position of(List<Followed> all) throws SQLException, InterruptedException {
    StreamSpec spec = dialect.group(all.stream().map(Followed::planned).toList()).stream();
    List<Map<String, ?>> earlier = all.stream().flatMap(f -> f.earlier().stream()).toList();
    StreamSpec.Position position =
        earlier.isEmpty()
            ? session.runOnce(spec::open)
            : session.transaction(c -> spec.reopen(c, earlier));
    if (all.stream().anyMatch(f -> f.earlier().isEmpty())) {
      awaitDecided(spec);
    }
    Feed.start(spec, position, all.stream().map(Followed::stream).toList());
    return position;
  }

  /**
   * What was prepared before the stream begins is not in it, and can be committed at any moment.
   * What is prepared later arrives in it; to wait for that here does no harm.
   */
  private void awaitDecided(StreamSpec spec) throws SQLException, InterruptedException {
    Set<String> undecided = new TreeSet<>(session.transaction(spec::undecided));
    if (!undecided.isEmpty()) {
      warning.accept(
          "Waits for the end of transactions (XA) that were prepared before the run: "
              + String.join(" and ", undecided));
    }
    long deadline = System.nanoTime() + DECISION_LIMIT.toNanos();
    while (!undecided.isEmpty()) {
      if (System.nanoTime() - deadline > 0) {
        throw new StoppedException(
            "Transactions (XA) were prepared before the run, and not decided within %d s. The change stream begins behind what they have changed: %s."
                .formatted(DECISION_LIMIT.toSeconds(), String.join(" and ", undecided)),
            "Decide them, with XA COMMIT or XA ROLLBACK %s; and run the command again."
                .formatted(undecided.iterator().next()));
      }
      tick.run();
      Thread.sleep(TICK_MILLIS);
      undecided.retainAll(session.transaction(spec::undecided));
    }
  }
}
