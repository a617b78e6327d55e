package dev.ghost.internal.dialect.mysql;

import dev.ghost.internal.dialect.innodb.InnodbDriver;

/** Connects to MySQL 8.0 to 9.x. */
public final class MySqlDriver extends InnodbDriver {

  public MySqlDriver() {
    super(new MySql(), false);
  }
}
