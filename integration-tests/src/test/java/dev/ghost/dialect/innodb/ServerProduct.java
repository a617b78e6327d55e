package dev.ghost.dialect.innodb;

import dev.ghost.dialect.innodb.sql.ProductSql;
import dev.ghost.dialect.mariadb.MariaDbDialect;
import dev.ghost.dialect.mysql.MySqlDialect;

/** The product of a test's server. */
public final class ServerProduct {

  private ServerProduct() {}

  public static ProductSql of(boolean mariaDb) {
    return (mariaDb ? new MariaDbDialect() : new MySqlDialect()).server();
  }
}
