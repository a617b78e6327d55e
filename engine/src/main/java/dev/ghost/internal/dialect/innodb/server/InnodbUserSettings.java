package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.function.SqlRunnable;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Runs statements in the settings that a session of the user's own would have: those with which
 * ours began, out of the server's defaults and of the URL's {@code sessionVariables}. We set
 * others, and what a statement means, or which values it accepts, can depend on them.
 */
public final class InnodbUserSettings {

  /** The settings that a change, or a value, can depend on. */
  private static final List<String> NAMES = List.of("sql_mode", "time_zone");

  private InnodbUserSettings() {}

  /** Keeps what a session has begun with, in variables of its own; before it is set for us. */
  static void keep(Connection c) throws SQLException {
    Sql.execute(
        c,
        NAMES.stream()
            .map(n -> "@ghost_user_%1$s = @@SESSION.%1$s".formatted(n))
            .collect(Collectors.joining(", ", "SET ", "")));
  }

  /** The sql_mode of the user's own session. */
  public static String sqlMode(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT @ghost_user_sql_mode")) {
      rs.next();
      return rs.getString(1);
    }
  }

  /**
   * Runs a part of the work, and sets the session back.
   *
   * @param c keeps its own settings where the part loses the connection
   */
  public static void during(Connection c, SqlRunnable work) throws SQLException {
    String before = current(c);
    Sql.execute(
        c,
        NAMES.stream()
            .map(n -> "SESSION %1$s = @ghost_user_%1$s".formatted(n))
            .collect(Collectors.joining(", ", "SET ", "")));
    try {
      work.run();
    } catch (SQLException | RuntimeException e) {
      try {
        Sql.execute(c, before);
      } catch (SQLException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    Sql.execute(c, before);
  }

  /** Sets a session's time zone, and returns the statement that sets it back. */
  public static String withTimeZone(Connection c, String zone) throws SQLException {
    String before = current(c);
    Sql.execute(c, "SET SESSION time_zone = " + Sql.literal(zone));
    return before;
  }

  /** The statement that restores what is set now. */
  private static String current(Connection c) throws SQLException {
    String select =
        NAMES.stream().map(n -> "@@SESSION." + n).collect(Collectors.joining(", ", "SELECT ", ""));
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(select)) {
      rs.next();
      StringBuilder set = new StringBuilder("SET ");
      for (int i = 0; i < NAMES.size(); i++) {
        set.append(i == 0 ? "" : ", ")
            .append("SESSION ")
            .append(NAMES.get(i))
            .append(" = ")
            .append(Sql.literal(rs.getString(i + 1)));
      }
      return set.toString();
    }
  }
}
