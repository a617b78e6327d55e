package dev.ghost.internal.dialect;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the change stream of one migration, or of several, is set up. */
public interface StreamSpec {

  /**
   * Events that Debezium's queue hands over at once, and that a marker is made of which is waited
   * for. With fewer, the queue waits for more until an interval is over, the last millisecond of it
   * in a loop that keeps a core busy; so the interval is not short.
   */
  int BATCH = 32;

  /** Configuration of the Debezium connector. */
  Map<String, String> connector();

  /**
   * Connects as the stream does, and says why that fails: Debezium does not always.
   *
   * @return empty when it succeeds, or where the stream says it itself
   */
  default Optional<SQLException> whyUnreachable() {
    return Optional.empty();
  }

  /** True when the server keeps the position, by what was confirmed to it. */
  default boolean serverKnowsPosition() {
    return false;
  }

  /**
   * Makes the server ready to stream, and says where the stream begins: at what is committed from
   * now on.
   */
  Position open(Connection connection) throws SQLException;

  /**
   * Transactions that are prepared (XA), and neither committed nor rolled back: what they change is
   * in the log before the place where a stream begins that is opened now. None where the server
   * itself waits for them.
   *
   * @return what they are called in {@code XA COMMIT} and {@code XA ROLLBACK}
   */
  default Set<String> undecided(Connection connection) throws SQLException {
    return Set.of();
  }

  /**
   * Makes the server ready to go on with the streams of an earlier run: from where the one was that
   * was the least far.
   *
   * @param offsets where they were, in Debezium's terms; one at least
   * @throws dev.ghost.api.RefusedException if the server does not have all of it any more
   */
  Position reopen(Connection connection, List<Map<String, ?>> offsets) throws SQLException;

  /**
   * What it means for us that the stream has ended.
   *
   * @param failure what Debezium gives as the reason; null where it gives none
   */
  ErrorClass classify(@Nullable Throwable failure);

  /**
   * A position of the stream, in Debezium's own terms. Where it is the server that knows the
   * position, by what was confirmed to it, the offset says nothing.
   */
  record Position(Map<String, String> partition, Map<String, ?> offset) {}
}
