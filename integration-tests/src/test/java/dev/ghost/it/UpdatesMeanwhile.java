package dev.ghost.it;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** Changes a table by statements that come in turn before its chunks are read and after. */
final class UpdatesMeanwhile {

  private final Db db;
  private final Schema schema;

  UpdatesMeanwhile(Db db, Schema schema) {
    this.db = db;
    this.schema = schema;
  }

  /** Makes a change to the table t. */
  MigrationResult migrate(String change, List<String> updates) {
    int half = updates.size() / 2;
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> update(updates.subList(0, half)))
            .at(Phase.VERIFY, () -> update(updates.subList(half, updates.size())));
    MigrationBuilder ghost =
        db == Db.POSTGRES
            ? schema.ghost("t", change)
            // Zero dates are stored only where the sql_mode lets them be.
            : schema.ghost(Schema.at(schema.url() + "?sessionVariables=sql_mode=''"), "t", change);
    return ghost.listener(listener).build().run();
  }

  private void update(List<String> updates) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      if (db != Db.POSTGRES) {
        s.execute("SET SESSION sql_mode = ''");
        s.execute("SET SESSION time_zone = '+00:00'");
      }
      for (String update : updates) {
        s.executeUpdate(update);
      }
    }
  }
}
