package dev.ghost.dialect.innodb;

import dev.ghost.dialect.innodb.sql.ProductSql;
import dev.ghost.dialect.mariadb.MariaDbDriver;
import dev.ghost.dialect.mysql.MySqlDriver;

/** The product of a test's server. */
public final class ServerProduct {

  private ServerProduct() {}

  public static ProductSql of(boolean mariaDb) {
    return (mariaDb ? new MariaDbDriver() : new MySqlDriver()).server();
  }
}
