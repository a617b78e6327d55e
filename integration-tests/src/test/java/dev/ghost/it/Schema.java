package dev.ghost.it;

import dev.ghost.Ghost;
import dev.ghost.MigrationBuilder;
import dev.ghost.RevertBuilder;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.Strategy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** A schema of one test, with a connection to it; dropped when closed. Used by one thread. */
final class Schema implements AutoCloseable {

  private final Server server;
  private final String name;
  private Connection connection;

  Schema(Server server, String name) throws SQLException {
    this.server = server;
    this.name = name;
    this.connection = server.connect("");
    server.create(connection, name);
  }

  String name() {
    return name;
  }

  Server server() {
    return server;
  }

  String url() {
    return server.url(name);
  }

  /** What ghost can do in this schema. */
  Ghost ghost() {
    return Ghost.connect(url()).password(Server.PASSWORD);
  }

  /**
   * One that does not give way to the test's own writers: what it is to prove, it may prove soon.
   */
  MigrationBuilder ghost(String table, String alter) {
    return ghost(ghost(), table, alter);
  }

  /** The same, by another way to the server, or as somebody else. */
  MigrationBuilder ghost(Ghost by, String table, String alter) {
    return by.migration(table).alter(alter).fullSpeed(true).strategy(Strategy.GHOST);
  }

  /** What ghost can do where another address leads to. */
  static Ghost at(String url) {
    return Ghost.connect(url).password(Server.PASSWORD);
  }

  /** Back to the retired table; as {@link #ghost}. */
  RevertBuilder revert(String table) {
    return ghost().revert(table).fullSpeed(true);
  }

  /** What the server is doing, for the message of a test that fails. */
  List<String> running() throws SQLException {
    return rows(server.running());
  }

  /** What is known of the migration of a table, if any. */
  Optional<MigrationStatus> status(String table) {
    return ghost().status().stream().filter(s -> s.table().equals(name + "." + table)).findFirst();
  }

  /** Waits until the migration of a table is seen in the wanted state. */
  MigrationStatus awaitStatus(String table, Predicate<MigrationStatus> wanted) {
    AtomicReference<Optional<MigrationStatus>> last = new AtomicReference<>(Optional.empty());
    boolean seen =
        Until.holds(
            Duration.ofMinutes(1),
            () -> {
              last.set(status(table));
              return last.get().filter(wanted).isPresent();
            });
    if (!seen) {
      throw new AssertionError("not in time; at last " + last);
    }
    return last.get().orElseThrow();
  }

  /** Another connection to this schema. */
  Connection connect() throws SQLException {
    return server.connect(name);
  }

  /** When the connection is lost. */
  void reconnect() throws SQLException {
    connection = connect();
  }

  void execute(String... statements) throws SQLException {
    try (Statement s = connection.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  /** The rows of a query, columns separated by bars. */
  List<String> rows(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement s = connection.createStatement();
        ResultSet rs = s.executeQuery(sql)) {
      int columns = rs.getMetaData().getColumnCount();
      while (rs.next()) {
        StringBuilder row = new StringBuilder();
        for (int i = 1; i <= columns; i++) {
          row.append(i == 1 ? "" : "|").append(rs.getString(i));
        }
        rows.add(row.toString());
      }
    }
    return rows;
  }

  String value(String sql) throws SQLException {
    return rows(sql).get(0);
  }

  long count(String table) throws SQLException {
    return Long.parseLong(value("SELECT COUNT(*) FROM " + table));
  }

  /** Makes a table {@code n} with the numbers from 1. */
  void numbers(int count) throws SQLException {
    execute("CREATE TABLE n (i INT PRIMARY KEY)", server.fillNumbers(count));
  }

  /** Makes a table {@code t} for a {@link Ledger}, with the numbers from 1 in each column. */
  void ledgerTable(int count) throws SQLException {
    numbers(count);
    execute(
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, CONSTRAINT"
            + " by_u UNIQUE (u))",
        "INSERT INTO t SELECT i, i, i FROM n");
  }

  /** What is left of ghost's outside the schema. */
  List<String> leftovers() throws SQLException {
    return server.leftovers(connection, name);
  }

  boolean hasColumn(String table, String column) throws SQLException {
    return !rows("SELECT 1 FROM information_schema.columns WHERE table_schema = '%s' AND table_name = '%s' AND column_name = '%s'"
            .formatted(name.replace("'", "''"), table, column))
        .isEmpty();
  }

  /** The tables that are there, but for {@code n}. */
  List<String> tables() throws SQLException {
    return rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = '"
            + name.replace("'", "''")
            + "' AND table_name <> 'n' ORDER BY table_name");
  }

  @Override
  public void close() throws SQLException {
    server.drop(connection, name);
    connection.close();
  }
}
