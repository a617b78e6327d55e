package dev.ghost.internal.dialect.innodb.schema;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A trigger.
 *
 * @param sqlMode under which it was created, and runs
 * @param charset of the client that created it
 * @param collation of that client's connection
 */
public record Trigger(
    String name,
    String timing,
    String event,
    String body,
    String definer,
    String sqlMode,
    String charset,
    String collation) {

  /** A table's, in the order in which they fire. */
  public static List<Trigger> of(Connection c, TableName table) throws SQLException {
    String sql =
        """
        SELECT trigger_name, action_timing, event_manipulation, action_statement, definer,
               sql_mode, character_set_client, collation_connection
          FROM information_schema.triggers
         WHERE event_object_schema = ? AND event_object_table = ?
         ORDER BY event_manipulation, action_timing, action_order
        """;
    List<Trigger> triggers = new ArrayList<>();
    try (PreparedStatement statement = Sql.prepared(c, sql, table);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        triggers.add(
            new Trigger(
                rs.getString(1),
                rs.getString(2),
                rs.getString(3),
                rs.getString(4),
                rs.getString(5),
                rs.getString(6),
                rs.getString(7),
                rs.getString(8)));
      }
    }
    return triggers;
  }

  /** Creates it on a table, under a name, just as it was created. */
  public void create(Connection c, TableName table, String as) throws SQLException {
    int at = definer.lastIndexOf('@');
    String statement =
        "CREATE DEFINER = %s@%s TRIGGER %s %s %s ON %s FOR EACH ROW %s"
            .formatted(
                Sql.quote(definer.substring(0, at)),
                Sql.quote(definer.substring(at + 1)),
                Sql.quote(table.sibling(as)),
                timing,
                event,
                Sql.quote(table),
                body);
    // The server keeps what the session has. The driver sends UTF-8 all the same, so for a body
    // that
    // is not plain the character set is left as it is.
    boolean plain = US_ASCII.newEncoder().canEncode(body);
    try (ScopedSetting mode = ScopedSetting.set(c, "sql_mode", Sql.literal(sqlMode));
        ScopedSetting client =
            ScopedSetting.set(
                c, "character_set_client", plain ? charset : "@@character_set_client");
        ScopedSetting connection = ScopedSetting.set(c, "collation_connection", collation)) {
      Sql.execute(c, statement);
    }
  }

  public static void drop(Connection c, TableName table, String name) throws SQLException {
    Sql.execute(c, "DROP TRIGGER IF EXISTS " + Sql.quote(table.sibling(name)));
  }
}
