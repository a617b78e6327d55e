package dev.ghost.dialect.mysql;

import dev.ghost.dialect.innodb.InnodbDialect;
import java.sql.Connection;
import java.sql.SQLException;

/** MySQL 8.0 to 9.x. */
public final class MySqlDialect extends InnodbDialect {

  public MySqlDialect() {
    super(new MySql());
  }

  @Override
  public boolean recognizes(Connection connection) throws SQLException {
    return !isMariaDb(connection);
  }
}
