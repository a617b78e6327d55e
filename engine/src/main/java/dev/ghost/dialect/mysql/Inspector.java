package dev.ghost.dialect.mysql;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Draft;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks at the server and the source, and refuses what cannot be done. Writes nothing. */
final class Inspector {

  static final int NAME_LIMIT = 64;

  private final Connection c;
  private final AlterRequest request;
  private final ServerAddress address;

  Inspector(Connection c, AlterRequest request, ServerAddress address) {
    this.c = c;
    this.request = request;
    this.address = address;
  }

  Draft inspect() throws SQLException {
    ServerFacts facts = ServerFacts.read(c);
    AlterStatement change =
        AlterStatement.parse(
            "ALTER TABLE %s %s".formatted(Sql.quote(request.table()), request.change()),
            request.table().schema());
    change.refuseImpossible();
    refuseServer(facts);
    TableName source = refuseSource();
    refusePrivileges(source);
    refuseForeignKeysAndTriggers(source);
    TableDefinition definition = TableDefinition.read(c, source);
    Size size = size(source);
    DiskSpace.refuseTooLittle(c, source, size.bytes);
    return new MySqlDraft(
        facts,
        address,
        TableNames.of(source, NAME_LIMIT),
        definition,
        change,
        size.rows,
        size.bytes);
  }

  private static void refuseServer(ServerFacts facts) {
    if (!facts.atLeast(8, 0, 13)) {
      throw new RefusedException(
          "This is MySQL %s; ghost needs 8.0.13 or newer, which can rename a locked table."
              .formatted(facts.version()),
          "Upgrade the server.");
    }
    for (Map.Entry<String, String> needed : new TreeMap<>(ServerFacts.NEEDED).entrySet()) {
      String found = facts.get(needed.getKey(), needed.getValue());
      boolean on = found.equals("1") && needed.getValue().equals("ON");
      if (!found.equals(needed.getValue()) && !on) {
        throw new RefusedException(
            "%s is %s; the change stream needs %s."
                .formatted(needed.getKey(), found, needed.getValue()),
            needed.getKey().equals("log_bin")
                ? "Start the server with --log-bin."
                : "SET GLOBAL %s = '%s'; and let sessions that are connected already reconnect."
                    .formatted(needed.getKey(), needed.getValue()));
      }
    }
  }

  /** The source in the server's own letter case. */
  private TableName refuseSource() throws SQLException {
    String sql =
        """
        SELECT table_schema, table_name, table_type, engine
          FROM information_schema.tables
         WHERE table_schema = ? AND table_name = ?
        """;
    try (PreparedStatement statement = TableDefinition.prepared(c, sql, request.table());
        ResultSet rs = statement.executeQuery()) {
      if (!rs.next()) {
        throw new RefusedException(
            "There is no table %s, or this user may not see it.".formatted(request.table()),
            "Check the name and the schema in the URL.");
      }
      TableName source = new TableName(rs.getString(1), rs.getString(2));
      if (!rs.getString(3).equals("BASE TABLE")) {
        throw new RefusedException(
            "%s is a %s, not a table.".formatted(source, Column.lower(rs.getString(3))),
            "Change its definition with CREATE OR REPLACE VIEW.");
      }
      if (!"InnoDB".equalsIgnoreCase(rs.getString(4))) {
        throw new RefusedException(
            "%s is stored by %s, which has no transactions.".formatted(source, rs.getString(4)),
            "Only InnoDB tables can be altered online: ALTER TABLE %s ENGINE=InnoDB; blocks writers, once."
                .formatted(Sql.quote(source)));
      }
      return source;
    }
  }

  private void refusePrivileges(TableName source) throws SQLException {
    List<String> missing = Grants.read(c, source.schema()).missing(source.schema());
    if (!missing.isEmpty()) {
      throw new RefusedException(
          "Privileges are missing.", "Run as an administrator:\n  " + String.join("\n  ", missing));
    }
  }

  private void refuseForeignKeysAndTriggers(TableName source) throws SQLException {
    List<String> found = attachments(c, source);
    if (!found.isEmpty()) {
      throw new RefusedException(
          "%s has what does not follow to another table yet: %s."
              .formatted(source, String.join(", ", found)),
          "Drop these before, and create them again after the migration.");
    }
  }

  /** Foreign keys on either side, and triggers: what a new table under the same name would lose. */
  static List<String> attachments(Connection c, TableName source) throws SQLException {
    String sql =
        """
        SELECT CONCAT('foreign key ', constraint_name)
          FROM information_schema.referential_constraints
         WHERE constraint_schema = ? AND table_name = ?
        UNION ALL
        SELECT CONCAT('foreign key ', constraint_name, ' of ', constraint_schema, '.', table_name)
          FROM information_schema.referential_constraints
         WHERE unique_constraint_schema = ? AND referenced_table_name = ?
        UNION ALL
        SELECT CONCAT('trigger ', trigger_name)
          FROM information_schema.triggers
         WHERE event_object_schema = ? AND event_object_table = ?
        """;
    List<String> found = new ArrayList<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      for (int i = 1; i <= 6; i += 2) {
        statement.setString(i, source.schema());
        statement.setString(i + 1, source.table());
      }
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          found.add(rs.getString(1));
        }
      }
    }
    return found;
  }

  private record Size(long rows, long bytes) {}

  private Size size(TableName source) throws SQLException {
    String sql =
        """
        SELECT COALESCE(table_rows, 0), COALESCE(data_length, 0) + COALESCE(index_length, 0)
          FROM information_schema.tables
         WHERE table_schema = ? AND table_name = ?
        """;
    try (PreparedStatement statement = TableDefinition.prepared(c, sql, source);
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      return new Size(rs.getLong(1), rs.getLong(2));
    }
  }
}
