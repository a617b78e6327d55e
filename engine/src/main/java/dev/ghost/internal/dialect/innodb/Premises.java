package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What must stay true of the server and the source while a migration runs. */
record Premises(InnodbInspection inspection) {

  /**
   * Stops the migration when one of them is no longer true.
   *
   * @throws InterferenceException with what changed
   */
  void check(Connection c) throws SQLException {
    InnodbServerFacts now = InnodbServerFacts.read(c);
    for (Map.Entry<String, String> needed : inspection.product().neededSettings().entrySet()) {
      if (!now.get(needed.getKey(), needed.getValue()).equals(needed.getValue())) {
        throw new InterferenceException(
            "%s was changed to %s during the run; changes can be missed with it."
                .formatted(needed.getKey(), now.get(needed.getKey(), "")),
            "SET GLOBAL %s = '%s'; then run the command again."
                .formatted(needed.getKey(), needed.getValue()));
      }
    }
    List<String> sessions = inspection.product().sessionsThatLogLess(c);
    if (!sessions.isEmpty()) {
      throw new InterferenceException(
          "Sessions have come that do not log their changes as whole rows:\n  "
              + String.join("\n  ", sessions),
          "End them, and run the command again.");
    }
    checkSource(c);
  }

  /** Of the source; empty when there is no table of its name any more. */
  private String ddlNow(Connection c) throws SQLException {
    try {
      return InnodbTableDefinition.stableDdl(c, inspection.names().source());
    } catch (SQLException e) {
      if (e.getErrorCode() == InnodbErrors.NO_SUCH_TABLE) {
        return "";
      }
      throw e;
    }
  }

  /** The source must be what the plan was made for. */
  void checkSource(Connection c) throws SQLException {
    if (!ddlNow(c).equals(InnodbTableDefinition.withoutCounter(inspection.source().ddl()))) {
      throw new InterferenceException(
          "Somebody altered %s while it was being migrated.".formatted(inspection.names().source()),
          "The source is as they left it. Run the command again on the new definition.");
    }
    InnodbAttachments now =
        InnodbAttachments.read(c, inspection.names().source()).without(inspection.companions());
    if (!now.equals(inspection.attachments())) {
      List<String> changed = new ArrayList<>(now.names());
      changed.removeAll(inspection.attachments().names());
      throw new InterferenceException(
          changed.isEmpty()
              ? "Foreign keys or triggers of %s were changed or dropped while it was being migrated."
                  .formatted(inspection.names().source())
              : "%s was given %s while it was being migrated; the new table would lose it."
                  .formatted(inspection.names().source(), String.join(", ", changed)),
          "The source is as they left it. Run the command again.");
    }
  }
}
