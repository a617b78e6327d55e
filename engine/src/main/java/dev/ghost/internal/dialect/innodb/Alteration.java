package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.GhostException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.schema.AlterStatement;
import dev.ghost.internal.dialect.innodb.server.InnodbUserSettings;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * The user's change of a table: of one of ghost's own, which is empty or small, or of any that it
 * is parsed for.
 *
 * @param change the statement's, in which names can be others
 */
record Alteration(TableName table, AlterStatement statement, String change) {

  /** ER_INNODB_FT_LIMIT: in place, which is the server's choice, it builds one FULLTEXT key. */
  private static final int ONE_FULLTEXT_KEY = 1795;

  private static final String COPY = "ALGORITHM=COPY, ";

  /** Of a prepared statement of the session. */
  private static final String PARSED = Sql.quote("statement of ghost");

  /** The same, and the server is to copy the rows of its own accord. */
  Alteration byCopying() {
    return statement.namesAlgorithm() ? this : new Alteration(table, statement, COPY + change);
  }

  /** Makes it in the settings of the user's own sessions. */
  void make(Connection c) throws SQLException {
    InnodbUserSettings.during(c, () -> attempt(c));
  }

  private void attempt(Connection c) throws SQLException {
    try {
      Sql.execute(c, sql());
    } catch (SQLException e) {
      if (e.getErrorCode() != ONE_FULLTEXT_KEY || statement.namesAlgorithm()) {
        throw e;
      }
      Sql.execute(c, byCopying().sql());
    }
  }

  /**
   * Has the server parse it in these settings, and do nothing. What else the server says of it then
   * can depend on what there is, and so it is left to anyone who makes it.
   *
   * @throws UsageException if it does not parse
   */
  void parse(Product product, Connection c) throws SQLException {
    try (PreparedStatement set = c.prepareStatement("SET @ghost_statement = ?")) {
      set.setString(1, sql());
      set.execute();
    }
    try {
      InnodbUserSettings.during(
          c,
          () -> {
            Sql.execute(c, "PREPARE %s FROM @ghost_statement".formatted(PARSED));
            Sql.execute(c, "DEALLOCATE PREPARE " + PARSED);
          });
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) == ErrorClass.SYNTAX) {
        throw refusal(product, e);
      }
      if (InnodbErrors.classOf(e).circumstantial()) {
        throw e;
      }
    }
  }

  /** What is said of it when the server does not accept it. */
  GhostException refusal(Product product, SQLException e) {
    String message =
        "%s does not accept the change: %s\n  %s".formatted(product.name(), e.getMessage(), sql());
    String remedy = "Correct the change. Nothing of the source was touched.";
    return InnodbErrors.classOf(e) == ErrorClass.SYNTAX
        ? new UsageException(message, remedy, e)
        : new RefusedException(message, remedy, e);
  }

  String sql() {
    return "ALTER TABLE %s %s".formatted(Sql.quote(table), change);
  }
}
