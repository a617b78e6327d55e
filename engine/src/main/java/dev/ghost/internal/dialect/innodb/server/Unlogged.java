package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The while in which a session writes nothing to the binary log, where it has the privilege for
 * that: for tables that are of no use to a replica.
 *
 * @param off empty where it has not, and all is logged
 */
public record Unlogged(Connection c, Optional<ScopedSetting> off) implements AutoCloseable {

  /**
   * Begins it.
   *
   * @param c no transaction is open on it
   */
  public static Unlogged begin(Connection c) throws SQLException {
    try {
      return new Unlogged(c, Optional.of(ScopedSetting.set(c, "sql_log_bin", "0")));
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      return new Unlogged(c, Optional.empty());
    }
  }

  /** The server takes the setting between transactions only. */
  @Override
  public void close() throws SQLException {
    if (off.isPresent()) {
      try {
        c.rollback();
        off.get().close();
      } catch (SQLException e) {
        // Whatever this session did next would be missing on the replicas.
        c.abort(Runnable::run);
        throw e;
      }
    }
  }
}
