package dev.ghost.dialect.innodb;

import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The user's change of a table of ours, which is empty or small.
 *
 * @param change the statement's, in which names can be others
 */
record Alteration(TableName table, AlterStatement statement, String change) {

  /** ER_INNODB_FT_LIMIT: in place, which is the server's choice, it builds one FULLTEXT key. */
  private static final int ONE_FULLTEXT_KEY = 1795;

  /** Makes it in the settings of the user's own sessions. */
  void make(Connection c) throws SQLException {
    UserSettings.during(c, () -> attempt(c));
  }

  private void attempt(Connection c) throws SQLException {
    try {
      Control.execute(c, sql());
    } catch (SQLException e) {
      if (e.getErrorCode() != ONE_FULLTEXT_KEY || statement.namesAlgorithm()) {
        throw e;
      }
      Control.execute(c, alter("ALGORITHM=COPY, "));
    }
  }

  String sql() {
    return alter("");
  }

  private String alter(String how) {
    return "ALTER TABLE %s %s%s".formatted(Sql.quote(table), how, change);
  }
}
