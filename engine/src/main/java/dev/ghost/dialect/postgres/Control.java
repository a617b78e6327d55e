package dev.ghost.dialect.postgres;

import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * The schema of ours, which its comment tells, and in it the control table: what a later run must
 * know of this one.
 */
record Control(String schema, TableName table, String slot) {

  private static final String COMMENT = "ghost: working schema of a migration";

  static Control of(Names names) {
    return new Control(names.workSchema(), names.tables().control(), names.slot());
  }

  void create(Connection c, String change) throws SQLException {
    Sql.execute(
        c,
        List.of(
            "CREATE SCHEMA " + Sql.quote(schema),
            "COMMENT ON SCHEMA %s IS %s".formatted(Sql.quote(schema), Sql.literal(COMMENT)),
            "CREATE TABLE %s (change text NOT NULL, swapped boolean NOT NULL)"
                .formatted(Sql.quote(table))));
    try (var statement =
        Sql.prepared(c, "INSERT INTO %s VALUES (?, false)".formatted(Sql.quote(table)), change)) {
      statement.executeUpdate();
    }
  }

  boolean exists(Connection c) throws SQLException {
    return Sql.yes(c, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?)", schema);
  }

  boolean isOurs(Connection c) throws SQLException {
    return Sql.yes(
        c,
        """
        SELECT EXISTS (SELECT 1 FROM pg_namespace AS n
                        WHERE nspname = ? AND obj_description(n.oid, 'pg_namespace') = ?)
        """,
        schema,
        COMMENT);
  }

  /** The change that an earlier run had made when it died; empty when it had not come so far. */
  Optional<String> swappedChange(Connection c) throws SQLException {
    return TableDefinition.oid(c, table).isEmpty()
        ? Optional.empty()
        : Sql.strings(c, "SELECT change FROM %s WHERE swapped".formatted(Sql.quote(table))).stream()
            .findFirst();
  }

  /** Part of the swap's transaction. */
  String swappedSql() {
    return "UPDATE %s SET swapped = true".formatted(Sql.quote(table));
  }

  /** What there is of ours, a line each. */
  List<String> found(Connection c) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT 'replication slot ' || slot_name FROM pg_replication_slots WHERE slot_name = ?
         UNION ALL
        SELECT 'publication ' || pubname FROM pg_publication WHERE pubname = ?
         UNION ALL
        SELECT 'schema ' || nspname FROM pg_namespace AS n
         WHERE nspname = ? AND obj_description(n.oid, 'pg_namespace') = ?
        """,
        slot,
        slot,
        schema,
        COMMENT);
  }

  /** Drops slot, publication and schema. Nobody but us may be using them. */
  void drop(Connection c) throws SQLException {
    // A slot can be in use for a while after its reader was killed.
    Sql.strings(
        c,
        "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name ="
            + " ? AND active",
        slot);
    Sql.strings(
        c,
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ?",
        slot);
    Sql.execute(c, "DROP PUBLICATION IF EXISTS " + Sql.quote(slot));
    if (isOurs(c)) {
      Sql.execute(c, "DROP SCHEMA %s CASCADE".formatted(Sql.quote(schema)));
    }
  }
}
