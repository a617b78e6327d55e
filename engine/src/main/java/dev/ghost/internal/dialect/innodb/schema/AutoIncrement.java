package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableNames;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/** The counter that gives the ghost's rows their numbers. */
public record AutoIncrement(TableNames names, InnodbTableDefinition ghost, AlterStatement change) {

  /**
   * The ghost's next AUTO_INCREMENT value must not be one that the source has given out already.
   * But where the change sets it, the server's own ALTER sets it back as well, though not to what a
   * row has.
   */
  public void carry(Connection c) throws SQLException {
    Optional<InnodbColumn> counting = ghost.autoIncrementColumn();
    if (counting.isEmpty()) {
      return;
    }
    Optional<BigInteger> set = change.counter();
    BigInteger needed =
        set.isPresent()
            ? set.get().max(highest(c, counting.get()).add(BigInteger.ONE))
            : InnodbTableDefinition.counter(c, names.source());
    int found = InnodbTableDefinition.counter(c, names.ghost()).compareTo(needed);
    if (found < 0 || (found > 0 && set.isPresent())) {
      Sql.execute(
          c, "ALTER TABLE %s AUTO_INCREMENT = %s".formatted(Sql.quote(names.ghost()), needed));
    }
  }

  /** The highest value of a column of the ghost; 0 where there is none. */
  private BigInteger highest(Connection c, InnodbColumn column) throws SQLException {
    String sql =
        "SELECT COALESCE(MAX(%s), 0) FROM %s"
            .formatted(Sql.quote(column.name()), Sql.quote(names.ghost()));
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      rs.next();
      return rs.getBigDecimal(1).toBigInteger();
    }
  }
}
