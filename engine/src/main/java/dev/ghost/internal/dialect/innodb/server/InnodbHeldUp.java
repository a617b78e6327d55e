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
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The transactions that one of ghost's locks holds up, as far as the server shows them to this
 * user. Where it shows none, the time that they have waited in one try is not added to that of the
 * next.
 */
public final class InnodbHeldUp {

  private InnodbHeldUp() {}

  /**
   * Those that wait for one of these tables, or for one that does.
   *
   * @param ours sessions that do not count
   */
  public static Set<String> behind(
      Connection c, ProductSql product, List<TableName> tables, Collection<Long> ours)
      throws SQLException {
    ProductSql.HeldUpSql sql = product.heldUpSql();
    String select =
        sql.waiting()
            .replace("TABLES", Sql.pairs(tables))
            .replace("OURS", Sql.numbers(ours) + ", CONNECTION_ID()");
    try (PreparedStatement statement = c.prepareStatement(select)) {
      if (sql.byTable()) {
        int at = 1;
        for (TableName table : tables) {
          statement.setString(at++, table.schema());
          statement.setString(at++, table.table());
        }
      }
      return names(statement);
    } catch (SQLException e) {
      refuseAllButDenial(e);
      return Set.of();
    }
  }

  /** Those of them that have not ended, each with the name that it goes by now. */
  public static Map<String, String> unfinished(
      Connection c, ProductSql product, Set<String> transactions) throws SQLException {
    String select =
        "SELECT name, name_now FROM (%s) AS open WHERE name IN (%s)"
            .formatted(
                product.heldUpSql().open(),
                String.join(", ", Collections.nCopies(transactions.size(), "?")));
    Map<String, String> found = new HashMap<>();
    try (PreparedStatement statement = c.prepareStatement(select)) {
      int at = 1;
      for (String transaction : transactions) {
        statement.setString(at++, transaction);
      }
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          found.put(rs.getString(1), rs.getString(2));
        }
      }
    } catch (SQLException e) {
      refuseAllButDenial(e);
    }
    return found;
  }

  private static Set<String> names(PreparedStatement statement) throws SQLException {
    Set<String> names = new HashSet<>();
    try (ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        names.add(rs.getString(1));
      }
    }
    return names;
  }

  private static void refuseAllButDenial(SQLException e) throws SQLException {
    if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
      throw e;
    }
  }
}
