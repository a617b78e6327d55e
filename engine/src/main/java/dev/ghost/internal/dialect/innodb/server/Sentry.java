package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * An empty table that stands guard under the retired name: while it is there, no RENAME to that
 * name can succeed.
 */
public record Sentry(TableName name) {

  private static final String COMMENT = "ghost sentry table";

  /** Options of a table that is known as ours by them. */
  public static final String OPTIONS = "ENGINE = InnoDB COMMENT = '%s'".formatted(COMMENT);

  public void create(Connection c) throws SQLException {
    if (!isOurs(c)) {
      Sql.execute(c, "CREATE TABLE %s (i INT) %s".formatted(Sql.quote(name), OPTIONS));
    }
  }

  /** Drops the table, if it is a sentry. */
  public void drop(Connection c) throws SQLException {
    if (isOurs(c)) {
      Sql.execute(c, "DROP TABLE " + Sql.quote(name));
    }
  }

  /** True when the table is there and is a sentry; its comment says so. */
  public boolean isOurs(Connection c) throws SQLException {
    return Sql.comment(c, name).filter(COMMENT::equals).isPresent();
  }
}
