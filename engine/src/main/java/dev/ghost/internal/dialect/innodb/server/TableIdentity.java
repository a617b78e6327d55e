package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What tells a table from another of the same name and definition, as far as this user sees it. */
public final class TableIdentity {

  private static final int SHOWN = 5;
  private static final int LAST_ASCII = 127;

  private TableIdentity() {}

  /**
   * The numbers that InnoDB has for a table and its partitions; TRUNCATE gives it others.
   *
   * @return empty without the privilege PROCESS, for nothing else shows it; and for names with
   *     other letters than ASCII's
   */
  public static String of(Connection c, ProductSql product, TableName table) throws SQLException {
    if (!isAscii(table.schema() + table.table())) {
      return "";
    }
    String sql =
        """
        SELECT GROUP_CONCAT(table_id ORDER BY table_id)
          FROM %s
         WHERE name LIKE ? ESCAPE '|' OR name LIKE CONCAT(?, '#%%') ESCAPE '|'
        """
            .formatted(product.innodbTables());
    String pattern = pattern(table.schema()) + "/" + pattern(table.table());
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, pattern);
      statement.setString(2, pattern);
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        String numbers = rs.getString(1);
        return numbers == null ? "" : numbers;
      }
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      return "";
    }
  }

  /**
   * InnoDB writes names as those of files: what is neither a letter nor a digit of ASCII follows an
   * {@code @}, and how other letters do is known to itself.
   */
  static String pattern(String name) {
    return name.codePoints()
        .mapToObj(
            c ->
                c == '_'
                    ? "|_"
                    : Character.isLetterOrDigit(c) ? Character.toString(c) : "@%04x".formatted(c))
        .collect(Collectors.joining());
  }

  private static boolean isAscii(String name) {
    return name.chars().allMatch(c -> c <= LAST_ASCII);
  }

  /**
   * Others who have altered a table and are still connected, where performance_schema tells.
   *
   * @param ours sessions that do not count
   */
  public static List<String> lastToAlter(Connection c, TableName table, List<Long> ours)
      throws SQLException {
    String sql =
        """
        SELECT CONCAT('session ', t.processlist_id, ' (', t.processlist_user, '@', t.processlist_host, '): ',
                      LEFT(e.sql_text, 200))
          FROM performance_schema.events_statements_history AS e
          JOIN performance_schema.threads AS t ON t.thread_id = e.thread_id
         WHERE t.processlist_id NOT IN (%s, CONNECTION_ID())
           AND e.event_name IN ('statement/sql/truncate', 'statement/sql/drop_table',
                                'statement/sql/create_table', 'statement/sql/alter_table',
                                'statement/sql/rename_table', 'statement/sql/delete',
                                'statement/sql/update', 'statement/sql/insert')
           AND LOCATE(?, e.sql_text) > 0
         ORDER BY e.timer_start DESC
         LIMIT %d
        """
            .formatted(Sql.numbers(ours), SHOWN);
    List<String> found = new ArrayList<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, table.table());
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          found.add(rs.getString(1));
        }
      }
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
    }
    return found;
  }
}
