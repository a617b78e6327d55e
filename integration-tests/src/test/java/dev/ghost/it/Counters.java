package dev.ghost.it;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A writer that adds one to {@code v} of the rows of {@code t}, on a server that may go away: what
 * was not acknowledged may have been done or not, and counts as either.
 */
final class Counters implements AutoCloseable {

  private final Server server;
  private final String schema;
  private final int rows;

  // Of the writer's thread, until it has ended.
  private final int[] done;
  private final int[] maybe;
  private Connection connection;

  private final BackgroundLoop writing;

  Counters(Server server, String schema, int rows, long seed) {
    this.server = server;
    this.schema = schema;
    this.rows = rows;
    this.done = new int[rows + 1];
    this.maybe = new int[rows + 1];
    this.writing = new BackgroundLoop(seed, this::add);
  }

  private void add(Random random) {
    int id = 1 + random.nextInt(rows);
    try {
      if (connection == null) {
        connection = server.connect(schema);
      }
    } catch (SQLException e) {
      // Nothing was asked of it yet: it is away.
      return;
    }
    try (PreparedStatement s = connection.prepareStatement("UPDATE t SET v = v + 1 WHERE id = ?")) {
      s.setInt(1, id);
      s.executeUpdate();
      done[id]++;
    } catch (SQLException e) {
      maybe[id]++;
      connection = null;
    }
  }

  /** Stops writing. */
  @Override
  public void close() throws Exception {
    writing.close();
  }

  /** Rows that have counted something else; after {@link #close}. */
  List<String> differences(Schema read) throws SQLException {
    List<String> differences = new ArrayList<>();
    int found = 0;
    try (Connection c = read.connect();
        ResultSet rs = c.createStatement().executeQuery("SELECT id, v FROM t")) {
      while (rs.next()) {
        found++;
        int id = rs.getInt(1);
        int v = rs.getInt(2);
        if (v < done[id] || v > done[id] + maybe[id]) {
          differences.add("id %d: %d and maybe %d, found %d".formatted(id, done[id], maybe[id], v));
        }
      }
    }
    if (found != rows) {
      differences.add("%d rows, found %d".formatted(rows, found));
    }
    return differences;
  }
}
