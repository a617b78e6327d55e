package dev.ghost.internal.dialect.mysql.connector;

import io.debezium.DebeziumException;
import io.debezium.connector.binlog.BinlogConnectorConfig;
import io.debezium.connector.binlog.gtid.GtidSet;
import io.debezium.connector.binlog.jdbc.BinlogFieldReader;
import io.debezium.connector.mysql.gtid.MySqlGtidSet;
import io.debezium.connector.mysql.jdbc.MySqlConnection;
import io.debezium.connector.mysql.jdbc.MySqlConnectionConfiguration;
import java.sql.SQLException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's connection, for GTIDs that may have tags, which its own set of GTIDs cannot hold. The
 * stream begins just where the offset says; whether that is possible is the server's to say.
 */
final class TaggedConnection extends MySqlConnection {

  TaggedConnection(MySqlConnectionConfiguration config, BinlogFieldReader reader) {
    super(config, reader);
  }

  /** A set as a text, which Debezium only passes on. */
  private static final class Text extends MySqlGtidSet {

    private final String text;

    Text(String text) {
      super("");
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  @Override
  public GtidSet knownGtidSet() {
    return new MySqlGtidSet("");
  }

  @Override
  public GtidSet purgedGtidSet() {
    return new MySqlGtidSet("");
  }

  @Override
  public @Nullable GtidSet filterGtidSet(
      Predicate<String> filter, @Nullable String offset, GtidSet available, GtidSet purged) {
    return offset == null ? null : new Text(offset);
  }

  @Override
  public boolean isBinlogPositionAvailable(
      BinlogConnectorConfig config, String gtids, String file) {
    if (gtids == null || gtids.isBlank()) {
      return super.isBinlogPositionAvailable(config, gtids, file);
    }
    try {
      return prepareQueryAndMap(
          "SELECT GTID_SUBSET(@@GLOBAL.gtid_purged, ?)",
          statement -> statement.setString(1, gtids),
          rs -> rs.next() && rs.getBoolean(1));
    } catch (SQLException e) {
      throw new DebeziumException("the server does not say what it has purged of its log", e);
    }
  }
}
