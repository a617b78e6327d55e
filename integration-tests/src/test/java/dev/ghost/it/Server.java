package dev.ghost.it;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A server for tests. What differs between products in the tests' own SQL is here. */
abstract class Server {

  static final String PASSWORD = "secret";
  private static final AtomicInteger SCHEMAS = new AtomicInteger();

  /** A URL for ghost. */
  abstract String url(String schema);

  /** A connection as an administrator, in a schema that exists; or in none, if it is empty. */
  abstract Connection connect(String schema) throws SQLException;

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

  /** Codes or states of errors after which a writer's transaction was rolled back as a whole. */
  abstract Set<String> rolledBack();

  /** How a session at the server names the administrator. */
  abstract String administrator();

  final Schema newSchema() throws SQLException {
    return newSchema("t" + SCHEMAS.incrementAndGet());
  }

  final Schema newSchema(String name) throws SQLException {
    return new Schema(this, name);
  }
}
