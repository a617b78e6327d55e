package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Brings the server's statistics of a table up to date. */
public record TableAnalysis(TableName table) {

  /**
   * Has the server analyze the table.
   *
   * @throws InterferenceException if it cannot
   */
  public void run(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("ANALYZE TABLE " + Sql.quote(table))) {
      while (rs.next()) {
        if (rs.getString("Msg_type").equalsIgnoreCase("error")) {
          throw new InterferenceException(
              "%s cannot be analyzed: %s".formatted(table, rs.getString("Msg_text")),
              "Nothing was changed. See whether somebody has dropped or altered it, and run the"
                  + " command again.",
              null,
              true);
        }
      }
    }
  }
}
