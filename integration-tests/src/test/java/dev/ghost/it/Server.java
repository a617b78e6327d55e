package dev.ghost.it;

import com.zaxxer.hikari.HikariConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A server for tests. What differs between products in the tests' own SQL is here. */
abstract class Server {

  static final String PASSWORD = "secret";
  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  abstract String host();

  abstract int port();

  /** Another server of this kind, on a port that stays the same when it is started again. */
  abstract DedicatedServer another();

  /** Limits that an application may need, for all sessions that begin from now on; or none. */
  abstract void shortTimeouts(boolean on) throws SQLException;

  /**
   * Has what is made in an empty schema of a server of one's own kept where there is little room.
   */
  abstract void onSmallDisk(DedicatedServer own, Schema empty) throws Exception;

  /** From now on there is room for what is made, at once. */
  abstract void makeRoom() throws SQLException;

  /** When nothing is kept there any more. */
  abstract void withoutSmallDisk() throws SQLException;

  /** Runs statements as an administrator. */
  final void execute(String... statements) throws SQLException {
    try (Connection c = connect("");
        Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  /** A port of this machine that nobody listens on just now. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A URL for ghost. */
  abstract String url(String schema);

  /** A connection as an administrator, in a schema that exists; or in none, if it is empty. */
  abstract Connection connect(String schema) throws SQLException;

  /** Where a caller's own pool connects to; as an administrator, whose name {@link #user} is. */
  abstract String poolUrl(String schema);

  abstract String user();

  /** What a caller's own pool is made with. */
  final HikariConfig pool(String schema) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(poolUrl(schema));
    config.setUsername(user());
    config.setPassword(PASSWORD);
    return config;
  }

  abstract String quote(String name);

  /** Makes an empty schema, in place of one that is there. */
  abstract void create(Connection c, String schema) throws SQLException;

  abstract void drop(Connection c, String schema) throws SQLException;

  /** Fills the table {@code n (i INT PRIMARY KEY)} with the numbers from 1. */
  abstract String fillNumbers(int count);

  /** What is left of ghost's outside a schema: working schemas, slots, publications. */
  List<String> leftovers(Connection c, String schema) throws SQLException {
    return List.of();
  }

  /** Forgets the log that a stream would have to read next; nobody may be reading it. */
  abstract void forgetLog(Schema schema) throws SQLException;

  /** Codes or states of errors after which a writer's transaction was rolled back as a whole. */
  abstract Set<String> rolledBack();

  /** The query for the statements that it is running: since when, what it waits for, the text. */
  abstract String running();

  /** The query for the change streams that read the server's log, a row each. */
  abstract String streams();

  /** The query for the sessions that send the log to change streams. */
  abstract String streamSessions();

  /** The statement that ends a session. */
  abstract String endSession(String session);

  /** After how many seconds of silence the server ends the session that holds a run's lock. */
  List<String> silenceOfRun(Schema schema) throws SQLException {
    return List.of();
  }

  /** How a session at the server names the administrator. */
  abstract String administrator();

  /** A server of this kind that speaks TLS; closing it puts things back. */
  abstract Tls tls() throws Exception;

  /** A server that speaks TLS. */
  interface Tls extends AutoCloseable {
    Server server();

    /** Who has signed its certificate, in PEM form. */
    String authority();

    /** From now on the server shows new connections another certificate. */
    void replaceCertificate(SelfSigned other) throws Exception;

    /** Connections of ghost's that are in the clear; one a line. */
    List<String> unprotected(Connection c) throws SQLException;

    @Override
    void close() throws Exception;
  }

  /** The first column of a query. */
  static List<String> rows(Connection c, String sql) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Statement s = c.createStatement();
        ResultSet rs = s.executeQuery(sql)) {
      while (rs.next()) {
        found.add(rs.getString(1));
      }
    }
    return found;
  }

  final Schema newSchema() throws SQLException {
    return newSchema("t" + SCHEMAS.incrementAndGet());
  }

  final Schema newSchema(String name) throws SQLException {
    return new Schema(this, name);
  }
}
