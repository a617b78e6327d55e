package dev.ghost.internal.dialect.mariadb;

import dev.ghost.internal.dialect.innodb.InnodbDriver;

/** Connects to MariaDB 10.6 to 11.8. */
public final class MariaDbDriver extends InnodbDriver {

  public MariaDbDriver() {
    super(new MariaDb(), true);
  }
}
