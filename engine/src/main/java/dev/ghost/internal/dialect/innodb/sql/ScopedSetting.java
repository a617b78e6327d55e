package dev.ghost.internal.dialect.innodb.sql;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Something of a session that is otherwise for a while. Where ending it fails because the session
 * is lost, what has lost it is the error that counts.
 */
public record ScopedSetting(Connection c, String end) implements AutoCloseable {

  public static ScopedSetting begin(Connection c, String begin, String end) throws SQLException {
    Sql.execute(c, begin);
    return new ScopedSetting(c, end);
  }

  /** Sets what a statement of SET sets, and puts the variable back at the end. */
  public static ScopedSetting set(Connection c, String variable, String value) throws SQLException {
    Sql.execute(c, "SET @ghost_%1$s = @@%1$s".formatted(variable));
    return begin(
        c,
        "SET SESSION %s = %s".formatted(variable, value),
        "SET SESSION %1$s = @ghost_%1$s".formatted(variable));
  }

  @Override
  public void close() throws SQLException {
    Sql.execute(c, end);
  }
}
