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
   * What a record says.
   *
   * @throws dev.ghost.api.MigrationException if it cannot be understood
   */
  StreamEvent decode(SourceRecord record);

  /**
   * A position of the stream, in Debezium's own terms; both empty where the server keeps it for us.
   */
  record Position(Map<String, String> partition, Map<String, Object> offset) {}
}
