package dev.ghost.dialect.mysql;

import dev.ghost.dialect.innodb.InnodbDriver;

/** Connects to MySQL 8.0 to 9.x. */
public final class MySqlDriver extends InnodbDriver {

  public MySqlDriver() {
    super(new MySql(), false);
  }
}
