package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.ServerStats.Replica;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The replicas that have announced themselves to the server. */
public final class Replicas {

  private Replicas() {}

  /**
   * True when there is one, asked with the same statement; or may be one, where this user may not
   * know.
   */
  public static boolean any(Connection c, String sql) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      return rs.next();
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) == ErrorClass.DENIED) {
        return true;
      }
      throw e;
    }
  }

  /**
   * Reads them.
   *
   * @param sql shows server number, host and port
   * @throws RefusedException if one does not say where it is
   */
  public static List<Replica> read(Connection c, String sql) throws SQLException {
    List<Replica> replicas = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        String host = rs.getString(2);
        if (host == null || host.isEmpty()) {
          throw new RefusedException(
              "The replica with server_id %s does not say where it can be reached."
                  .formatted(rs.getString(1)),
              "Set report_host on it, or name it with --replica and leave --discover-replicas"
                  + " out.");
        }
        replicas.add(new Replica("%s:%d".formatted(host, rs.getInt(3)), host, rs.getInt(3), 0));
      }
    }
    return replicas;
  }
}
