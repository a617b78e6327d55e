package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.ChangedKeys;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The keys in a table with the columns of the chunk key, as the source has them.
 *
 * @param notIndexed true as long as the ghost lacks its unique indexes
 */
public record PostgresChangedKeys(
    TableName table,
    TableNames names,
    PostgresKeySql key,
    Optional<Pages> pages,
    AtomicBoolean notIndexed)
    implements ChangedKeys {

  private static final String NUMBER = Sql.quote("number of ghost");

  /**
   * A key as it is written: the source's type may call two keys equal that the ghost's does not.
   */
  private static final String FORM = Sql.quote("form of ghost");

  /** Makes the table. */
  public void create(Connection c) throws SQLException {
    Sql.execute(
        c,
        List.of(
            "CREATE TABLE %s AS SELECT %s FROM %s AS s WITH NO DATA"
                .formatted(Sql.quote(table), key.names(Side.SOURCE), Sql.quote(names.source())),
            "ALTER TABLE %s ADD COLUMN %s bigint GENERATED ALWAYS AS IDENTITY UNIQUE, ADD COLUMN %s text COLLATE \"C\" PRIMARY KEY"
                .formatted(Sql.quote(table), NUMBER, FORM)));
  }

  private String columns() {
    return Sql.quoted(key.columns().stream().map(PostgresKeyColumn::name).toList());
  }

  @Override
  public boolean gathering() {
    return notIndexed.get();
  }

  @Override
  public void indexed() {
    notIndexed.set(false);
  }

  @Override
  public int add(Connection c, Collection<RowKey> keys) throws SQLException {
    return Math.toIntExact(
        Fragment.of(
                "INSERT INTO %s (%s, %s) %s ON CONFLICT DO NOTHING",
                Fragment.plain(Sql.quote(table)),
                Fragment.plain(columns()),
                Fragment.plain(FORM),
                key.valuesWithForm(keys))
            .update(c));
  }

  @Override
  public Portion next(Connection c, long after, int most) throws SQLException {
    List<RowKey> keys = new ArrayList<>();
    long last = after;
    String sql =
        "SELECT %s, s.%s FROM %s AS s WHERE s.%2$s > ? ORDER BY s.%2$s LIMIT ?"
            .formatted(key.select(Side.SOURCE), NUMBER, Sql.quote(table));
    try (var statement = Sql.prepared(c, sql, after, most);
        var rs = statement.executeQuery()) {
      while (rs.next()) {
        keys.add(key.read(rs));
        last = rs.getLong(key.columns().size() + 1);
      }
    }
    return new Portion(keys, last);
  }

  @Override
  public void addRepeated(Connection c) throws SQLException {
    Sql.readWholeTables(c);
    String ghostKey = Sql.quoted(key.columns().stream().map(k -> k.ghost().name()).toList());
    add(
        c,
        key.read(
            c,
            Fragment.plain(
                "SELECT %s FROM (SELECT %s FROM %s GROUP BY %2$s HAVING COUNT(*) > 1) AS g"
                    .formatted(key.select(Side.GHOST), ghostKey, Sql.quote(names.ghost())))));
  }

  @Override
  public void deleteCopies(Connection c) throws SQLException {
    Sql.execute(c, "ANALYZE " + Sql.quote(table));
    if (!next(c, 0, 1).keys().isEmpty()) {
      Sql.readWholeTables(c);
      Sql.execute(
          c,
          "DELETE FROM %s AS g USING %s AS s WHERE %s"
              .formatted(Sql.quote(names.ghost()), Sql.quote(table), key.join()));
    }
  }

  @Override
  public void trim(Connection c, KeyRange rest) throws SQLException {
    // A commit that waits for a standby holds a lock, though the connection is lost.
    Sql.execute(c, "LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE".formatted(Sql.quote(names.ghost())));
    Sql.readWholeTables(c);
    Fragment ghost = Fragment.plain(Sql.quote(names.ghost()));
    if (pages.isEmpty() && key.sameOrder()) {
      Fragment.of("DELETE FROM %s AS g WHERE %s", ghost, key.where(Side.GHOST, rest)).update(c);
      return;
    }
    Fragment.of(
            "DELETE FROM %s AS g USING %s AS s WHERE %s AND %s",
            ghost,
            Fragment.plain(Sql.quote(names.source())),
            Fragment.plain(key.join()),
            pages.isPresent() ? pages.get().where(Side.SOURCE, rest) : key.where(Side.SOURCE, rest))
        .update(c);
  }

  @Override
  public void clear(Connection c) throws SQLException {
    Sql.execute(c, "TRUNCATE " + Sql.quote(table));
  }
}
