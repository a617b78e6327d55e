package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.mariadb.MariaDbDriver;
import dev.ghost.internal.dialect.mysql.MySqlDriver;

/** The product of a test's server. */
public final class ServerProduct {

  private ServerProduct() {}

  public static ProductSql of(boolean mariaDb) {
    return (mariaDb ? new MariaDbDriver() : new MySqlDriver()).server();
  }
}
