package dev.ghost.internal.dialect.mariadb;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.innodb.connector.Watched;
import dev.ghost.internal.dialect.innodb.log.BinlogStream;
import dev.ghost.internal.dialect.innodb.log.BinlogTable;
import dev.ghost.internal.dialect.mariadb.connector.FullRowConnector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** MariaDB's binary log, by GTIDs. */
final class MariaDbStream extends BinlogStream {

  MariaDbStream(ServerAddress address, List<BinlogTable> tables) {
    super(address, tables);
  }

  @Override
  protected Map<String, String> productSettings(ServerAddress server) {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", FullRowConnector.class.getName());
    config.put(Watched.SETTING, watched(true).text());
    config.put("database.ssl.mode", sslMode(server.options().getOrDefault("sslMode", "")));
    return config;
  }

  /** In the words of Debezium's connector, from those of Connector/J. */
  private static String sslMode(String mode) {
    return switch (mode.toUpperCase(Locale.ROOT)) {
      case "REQUIRED", "TRUST" -> "trust";
      case "VERIFY_CA", "VERIFY-CA" -> "verify-ca";
      case "VERIFY_IDENTITY", "VERIFY-FULL" -> "verify-full";
      default -> "disable";
    };
  }

  @Override
  protected Map<String, Object> end(Connection c) throws SQLException {
    Map<String, Object> offset = new HashMap<>();
    // No later than the place that is asked for next; what lies between the two is visible already.
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @@GLOBAL.gtid_binlog_pos")) {
      rs.next();
      offset.put("gtids", rs.getString(1));
    }
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW MASTER STATUS")) {
      if (!rs.next()) {
        throw new SQLException("the server has no binary log");
      }
      offset.put("file", rs.getString(1));
      offset.put("pos", rs.getLong(2));
    }
    try (PreparedStatement statement = c.prepareStatement("SELECT BINLOG_GTID_POS(?, ?)")) {
      statement.setString(1, (String) offset.get("file"));
      statement.setLong(2, (Long) offset.get("pos"));
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        // Nothing, where the server reads the file for it and comes to an event that is longer than
        // max_allowed_packet.
        String gtids = rs.getString(1);
        if (gtids != null && !gtids.isEmpty()) {
          offset.put("gtids", gtids);
        }
      }
    }
    return offset;
  }

  @Override
  protected boolean has(Connection c, Map<String, ?> offset) throws SQLException {
    return hasFile(c, (String) offset.get("file"));
  }

  /** The log is read by its files here. */
  @Override
  protected boolean before(Connection c, Map<String, ?> a, Map<String, ?> b) {
    return beforeInFile(a, b);
  }
}
