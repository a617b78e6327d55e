package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.Blocker;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.ServerStats;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.function.SqlFunction;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongToDoubleFunction;

/** What MySQL and MariaDB tell of themselves. */
record InnodbStats(Product product, TableNames names, InnodbControlTable control)
    implements ServerStats {

  /** By the last marker that it has; by the first, while it has not even the table. */
  @Override
  public double replicaLag(Connection replica, int slot, LongToDoubleFunction age)
      throws SQLException {
    return age.applyAsDouble(control.exists(replica) ? control.marked(replica, slot) : 0);
  }

  /** Any status variable that is a number. */
  @Override
  public OptionalDouble load(Connection c, String name) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement("SHOW GLOBAL STATUS WHERE Variable_name = ?")) {
      statement.setString(1, name);
      try (ResultSet rs = statement.executeQuery()) {
        return rs.next() && rs.getString(2).matches("-?[0-9.]+")
            ? OptionalDouble.of(Double.parseDouble(rs.getString(2)))
            : OptionalDouble.empty();
      }
    }
  }

  @Override
  public String loadFigures() {
    return "Name a status variable that is a number, such as Threads_running.";
  }

  @Override
  public int busyElsewhere(Connection c, Collection<Long> ours) throws SQLException {
    return (int)
        ask(
            c,
            """
            SELECT COUNT(*)
              FROM %s AS s
             WHERE command IN ('Query', 'Execute') AND id NOT IN (%s, CONNECTION_ID())
            """
                .formatted(product.sessions(c), Sql.numbers(ours)));
  }

  @Override
  public double ask(Connection c, String query) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(query)) {
      return rs.next() ? rs.getDouble(1) : 0;
    }
  }

  @Override
  public List<Replica> replicas(Connection c) throws SQLException {
    return product.replicas(c);
  }

  /** The server purges its binary logs without asking us. */
  @Override
  public OptionalLong keptLog(Connection c) {
    return OptionalLong.empty();
  }

  @Override
  public OptionalLong logOnDisk(Connection c) throws SQLException {
    return ifAllowed(
        c,
        "SHOW BINARY LOGS",
        rs -> {
          long bytes = 0;
          while (rs.next()) {
            bytes += rs.getLong(2);
          }
          return OptionalLong.of(bytes);
        },
        OptionalLong.empty());
  }

  @Override
  public OptionalLong deadlocks(Connection c) throws SQLException {
    return ifAllowed(
        c,
        "SELECT count FROM information_schema.innodb_metrics WHERE name = 'lock_deadlocks'",
        rs -> rs.next() ? OptionalLong.of(rs.getLong(1)) : OptionalLong.empty(),
        OptionalLong.empty());
  }

  /** Nothing that a run depends on: who may not look does without. */
  private static <T> T ifAllowed(
      Connection c, String sql, SqlFunction<ResultSet, T> reading, T without) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      return reading.apply(rs);
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) != ErrorClass.DENIED) {
        throw e;
      }
      return without;
    }
  }

  @Override
  public long ghostBytes(Connection c) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            """
            SELECT data_length + index_length
              FROM information_schema.tables
             WHERE table_schema = ? AND table_name = ?
            """)) {
      statement.setString(1, names.ghost().schema());
      statement.setString(2, names.ghost().table());
      try (ResultSet rs = statement.executeQuery()) {
        return rs.next() ? rs.getLong(1) : 0;
      }
    }
  }

  @Override
  public List<Blocker> inTheWay(Connection c, Duration age, Collection<Long> ours)
      throws SQLException {
    return product.blockers(c, List.of(names.source(), names.ghost()), ours, age.toSeconds());
  }

  @Override
  public List<String> waitingFor(Connection c, Collection<Long> ours) throws SQLException {
    // Who may not look is told so by the blockers of a cutover.
    return ifAllowed(
        c,
        product.lockWaits().replace("OURS", Sql.numbers(ours)),
        rs -> {
          List<String> waiting = new ArrayList<>();
          while (rs.next()) {
            waiting.add(
                "session %d (%s@%s) waits: %s"
                    .formatted(rs.getLong(1), rs.getString(2), rs.getString(3), rs.getString(4)));
          }
          return waiting;
        },
        List.of());
  }
}
