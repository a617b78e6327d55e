package dev.ghost.dialect;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/** How the change stream of a migration is set up, and what its records mean. */
public interface StreamSpec {

  /** Configuration of the Debezium connector. */
  Map<String, String> connector();

  /**
   * Makes the server ready to stream, and says where the stream begins: at what is committed from
   * now on.
   */
  Position open(Connection connection) throws SQLException;

  /**
   * Makes the server ready to go on with a stream of an earlier run.
   *
   * @param offset where a stream of the same migration was, in Debezium's terms
   * @throws dev.ghost.api.RefusedException if the server does not have all of it any more
   */
  Position reopen(Connection connection, Map<String, ?> offset) throws SQLException;

  /**
   * What a record says.
   *
   * @throws dev.ghost.api.MigrationException if it cannot be understood
   */
  StreamEvent decode(SourceRecord record);

  /**
   * A position of the stream, in Debezium's own terms. Where it is the server that knows the
   * position, by what was confirmed to it, the offset says nothing.
   */
  record Position(Map<String, String> partition, Map<String, ?> offset) {}
}
