package dev.ghost.dialect.mariadb;

import dev.ghost.dialect.innodb.InnodbDriver;

/** Connects to MariaDB 10.6 to 11.8. */
public final class MariaDbDriver extends InnodbDriver {

  public MariaDbDriver() {
    super(new MariaDb(), true);
  }
}
