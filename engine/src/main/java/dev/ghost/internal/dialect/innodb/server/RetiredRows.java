package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.locks.LockSupport;

/**
 * Drops a retired table. Where to drop a large one keeps all sessions waiting, because the server
 * looks for its pages in the whole buffer pool, the rows are deleted first, in small transactions
 * with as long a rest after each, and their pages leave the pool by and by.
 */
public record RetiredRows(Connection c, TableName table) {

  private static final int SLICE = 1_000;

  /**
   * Drops the table.
   *
   * @throws SQLException also when somebody uses the table; nothing is deleted then
   */
  public void drop(boolean inSlices) throws SQLException {
    String name = Sql.quote(table);
    String drop = "DROP TABLE " + name;
    if (!inSlices) {
      Sql.execute(c, drop);
      return;
    }
    String lock = "LOCK TABLES %s WRITE".formatted(name);
    try (ScopedSetting locked = ScopedSetting.begin(c, lock, "UNLOCK TABLES")) {
      deleteAll(name);
      Sql.execute(c, drop);
    }
  }

  private void deleteAll(String name) throws SQLException {
    int deleted;
    do {
      long began = System.nanoTime();
      try (var statement = c.createStatement()) {
        deleted = statement.executeUpdate("DELETE FROM %s LIMIT %d".formatted(name, SLICE));
      }
      c.commit();
      LockSupport.parkNanos(System.nanoTime() - began);
    } while (deleted == SLICE);
  }
}
