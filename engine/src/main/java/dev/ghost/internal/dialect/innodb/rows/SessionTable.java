package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * A temporary table of the session, for some columns of the ghost's rows.
 *
 * @param name quoted
 * @param key its primary key's columns
 * @param like what of another table its columns are made like
 * @param other that table
 */
record SessionTable(String name, String key, String like, String other) {

  /** It takes up to some milliseconds the first time in a session. */
  void create(Connection c) throws SQLException {
    Sql.execute(
        c,
        """
        CREATE TEMPORARY TABLE IF NOT EXISTS %s (PRIMARY KEY (%s)) ENGINE = InnoDB AS
        SELECT %s FROM %s LIMIT 0
        """
            .formatted(name, key, like, other));
  }

  /** Takes up what a query gives, instead of what it held before. */
  void fill(Connection c, Fragment query) throws SQLException {
    create(c);
    Sql.execute(c, "DELETE FROM " + name);
    Fragment insert = Fragment.of("INSERT INTO %s\n%s", Fragment.plain(name), query);
    insert.update(c);
  }
}
