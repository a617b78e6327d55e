package dev.ghost.internal.dialect.mysql;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.innodb.connector.Watched;
import dev.ghost.internal.dialect.innodb.log.BinlogStream;
import dev.ghost.internal.dialect.innodb.log.BinlogTable;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.mysql.connector.StrictConnector;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** MySQL's binary log, by GTIDs where the server has them. */
final class MySqlStream extends BinlogStream {

  private final InnodbServerFacts facts;

  MySqlStream(InnodbServerFacts facts, ServerAddress address, List<BinlogTable> tables) {
    super(address, tables);
    this.facts = facts;
  }

  @Override
  protected Map<String, String> productSettings(ServerAddress server) {
    Map<String, String> config = new HashMap<>();
    config.put("connector.class", StrictConnector.class.getName());
    config.put(Watched.SETTING, watched(false).text());
    if (server.options().containsKey("sslMode")) {
      config.put("database.ssl.mode", InnodbColumn.lower(server.options().get("sslMode")));
    }
    return config;
  }

  @Override
  protected Map<String, Object> end(Connection c) throws SQLException {
    String sql = facts.atLeast(8, 2, 0) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      if (!rs.next()) {
        throw new RefusedException(
            "The server writes no binary log, or does not say where it is in it.",
            "Set log_bin in the server's configuration, and restart the server.");
      }
      Map<String, Object> offset = new HashMap<>();
      offset.put("file", rs.getString(1));
      offset.put("pos", rs.getLong(2));
      if (MySql.hasGtids(facts)) {
        offset.put("gtids", rs.getString(5).replace("\n", ""));
      }
      return offset;
    }
  }

  @Override
  protected boolean has(Connection c, Map<String, ?> offset) throws SQLException {
    Object gtids = offset.get("gtids");
    if (gtids == null) {
      return hasFile(c, (String) offset.get("file"));
    }
    try (PreparedStatement statement =
        c.prepareStatement("SELECT GTID_SUBSET(@@GLOBAL.gtid_purged, ?)")) {
      statement.setString(1, (String) gtids);
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        return rs.getBoolean(1);
      }
    }
  }

  /** By GTIDs where both have them: the files of two servers have nothing to do with each other. */
  @Override
  protected boolean before(Connection c, Map<String, ?> a, Map<String, ?> b) throws SQLException {
    Object first = a.get("gtids");
    Object second = b.get("gtids");
    if (first == null || second == null || first.equals(second)) {
      return beforeInFile(a, b);
    }
    try (PreparedStatement statement = c.prepareStatement("SELECT GTID_SUBSET(?, ?)")) {
      statement.setString(1, (String) first);
      statement.setString(2, (String) second);
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        return rs.getBoolean(1);
      }
    }
  }
}
