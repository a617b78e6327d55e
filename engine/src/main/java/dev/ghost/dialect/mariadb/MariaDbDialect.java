package dev.ghost.dialect.mariadb;

import dev.ghost.dialect.innodb.InnodbDialect;
import java.sql.Connection;
import java.sql.SQLException;

/** MariaDB 10.6 to 11.8. */
public final class MariaDbDialect extends InnodbDialect {

  public MariaDbDialect() {
    super(new MariaDb());
  }

  @Override
  public boolean recognizes(Connection connection) throws SQLException {
    return isMariaDb(connection);
  }
}
