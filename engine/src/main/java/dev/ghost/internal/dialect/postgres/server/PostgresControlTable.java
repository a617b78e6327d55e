package dev.ghost.internal.dialect.postgres.server;

import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.storage.StoredForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The working schema, which its comment tells, and in it the journal: what a later run must know of
 * this one, and the messages to it.
 */
public record PostgresControlTable(String schema, TableName table, String slot) implements Journal {

  private static final String COMMENT = "ghost: working schema of a migration";

  /** The note of the slot that the change stream has. */
  private static final String STREAM = "STREAM";

  /** The note that is part of the swap's transaction. */
  private static final String SWAPPED = "SWAPPED";

  public static PostgresControlTable of(Names names) {
    return new PostgresControlTable(names.workSchema(), names.tables().control(), names.slot());
  }

  /**
   * A journal in this database that this user may read.
   *
   * @param slot of the change stream
   */
  private record Found(TableName journal, TableName source, String slot) {}

  private static List<Found> journals(Connection c) throws SQLException {
    List<TableName> tables = new ArrayList<>();
    String sql =
        """
        SELECT n.nspname, t.relname
          FROM pg_namespace AS n
          JOIN pg_class AS t ON t.relnamespace = n.oid AND t.relkind = 'r'
          JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = 'note' AND a.attnum = 1
         WHERE obj_description(n.oid, 'pg_namespace') = ?
           AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(t.oid, 'SELECT')
         ORDER BY 1, 2
        """;
    try (var statement = Sql.prepared(c, sql, COMMENT);
        var rs = statement.executeQuery()) {
      while (rs.next()) {
        tables.add(new TableName(rs.getString(1), rs.getString(2)));
      }
    }
    List<Found> journals = new ArrayList<>();
    for (TableName table : tables) {
      String notes =
          """
          SELECT a.content::json ->> 0, a.content::json ->> 1, COALESCE(b.content, '')
            FROM %1$s AS a
            LEFT JOIN %1$s AS b ON b.note = '%2$s'
           WHERE a.note = 'SOURCE'
          """
              .formatted(Sql.quote(table), STREAM);
      try (var statement = c.createStatement();
          var rs = statement.executeQuery(notes)) {
        if (rs.next()) {
          TableName source = new TableName(rs.getString(1), rs.getString(2));
          journals.add(new Found(table, source, rs.getString(3)));
        }
      }
    }
    return journals;
  }

  /** The sources of all migrations in this database whose journals this user may read. */
  public static List<TableName> sources(Connection c) throws SQLException {
    return journals(c).stream().map(Found::source).toList();
  }

  /** The sources of the migrations whose change stream has a slot, without some. */
  public static List<TableName> streaming(Connection c, String slot, Set<TableName> without)
      throws SQLException {
    return journals(c).stream()
        .filter(j -> j.slot().equals(slot) && !without.contains(j.journal()))
        .map(Found::source)
        .toList();
  }

  @Override
  public void create(Connection c) throws SQLException {
    Sql.execute(
        c,
        List.of(
            "CREATE SCHEMA " + Sql.quote(schema),
            "COMMENT ON SCHEMA %s IS %s".formatted(Sql.quote(schema), Sql.literal(COMMENT)),
            "CREATE TABLE %s (note text PRIMARY KEY, content text NOT NULL)"
                .formatted(Sql.quote(table)),
            """
            CREATE TABLE %s (
              number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
              message text NOT NULL,
              answer text)
            """
                .formatted(messages())));
    write(c, EntryKind.FORM, StoredForm.ours().text());
  }

  /** The table of {@link dev.ghost.internal.dialect.ChangedKeys}. */
  public TableName changedKeys() {
    return table.sibling(Names.cut(table.table(), "_keys"));
  }

  private String messages() {
    return Sql.quote(table.sibling(Names.cut(table.table(), "_msg")));
  }

  @Override
  public Optional<String> read(Connection c, EntryKind note) throws SQLException {
    return read(c, note.name());
  }

  private Optional<String> read(Connection c, String note) throws SQLException {
    return PostgresTableDefinition.oid(c, table).isEmpty()
        ? Optional.empty()
        : Sql.strings(c, "SELECT content FROM %s WHERE note = ?".formatted(Sql.quote(table)), note)
            .stream()
            .findFirst();
  }

  @Override
  public void write(Connection c, EntryKind note, String text) throws SQLException {
    write(c, note.name(), text);
  }

  /** Notes the slot of the change stream, which can be shared by several migrations. */
  public void writeStream(Connection c, String name) throws SQLException {
    write(c, STREAM, name);
  }

  public Optional<String> stream(Connection c) throws SQLException {
    return read(c, STREAM);
  }

  private void write(Connection c, String note, String text) throws SQLException {
    String sql =
        """
        INSERT INTO %s (note, content) VALUES (?, ?)
            ON CONFLICT (note) DO UPDATE SET content = EXCLUDED.content
        """
            .formatted(Sql.quote(table));
    try (var statement = Sql.prepared(c, sql, note, text)) {
      statement.executeUpdate();
    }
  }

  @Override
  public long send(Connection c, String text) throws SQLException {
    return Long.parseLong(
        Sql.string(
            c, "INSERT INTO %s (message) VALUES (?) RETURNING number".formatted(messages()), text));
  }

  @Override
  public List<Message> unanswered(Connection c) throws SQLException {
    List<Message> found = new ArrayList<>();
    String sql =
        "SELECT number, message FROM %s WHERE answer IS NULL ORDER BY number".formatted(messages());
    try (var statement = c.createStatement();
        var rs = statement.executeQuery(sql)) {
      while (rs.next()) {
        found.add(new Message(rs.getLong(1), rs.getString(2)));
      }
    }
    return found;
  }

  @Override
  public void answer(Connection c, long number, String answer) throws SQLException {
    String sql = "UPDATE %s SET answer = ? WHERE number = ?".formatted(messages());
    try (var statement = Sql.prepared(c, sql, answer, number)) {
      statement.executeUpdate();
    }
  }

  @Override
  public Optional<String> answerTo(Connection c, long number) throws SQLException {
    return Sql.strings(
            c,
            "SELECT answer FROM %s WHERE number = ? AND answer IS NOT NULL".formatted(messages()),
            number)
        .stream()
        .findFirst();
  }

  /** True when a schema has the name, ours or not. */
  public boolean taken(Connection c) throws SQLException {
    return Sql.yes(c, "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = ?)", schema);
  }

  @Override
  public boolean exists(Connection c) throws SQLException {
    return Sql.yes(
        c,
        """
        SELECT EXISTS (SELECT 1 FROM pg_namespace AS n
                        WHERE nspname = ? AND obj_description(n.oid, 'pg_namespace') = ?)
        """,
        schema,
        COMMENT);
  }

  /** True when an earlier run had swapped the names. */
  public boolean swapped(Connection c) throws SQLException {
    return read(c, SWAPPED).isPresent();
  }

  /** The foreign keys that are still to be validated; empty when there was no swap. */
  public Optional<String> foreignKeys(Connection c) throws SQLException {
    return read(c, SWAPPED);
  }

  /**
   * Part of the swap's transaction.
   *
   * @param foreignKeys what is to be validated after it
   */
  public String swappedSql(String foreignKeys) {
    return "INSERT INTO %s (note, content) VALUES (%s, %s)"
        .formatted(Sql.quote(table), Sql.literal(SWAPPED), Sql.literal(foreignKeys));
  }

  /**
   * The slots that go with this journal: not one that another migration needs. Two journals that
   * are dropped at the same time do so in turn, so that one of them is the last.
   */
  private String[] slots(Connection c) throws SQLException {
    Sql.strings(c, "SELECT pg_advisory_xact_lock(hashtextextended('ghost: slots', 0))::text");
    Set<String> slots = new TreeSet<>(List.of(slot));
    stream(c).ifPresent(slots::add);
    for (Found other : journals(c)) {
      if (!other.journal().equals(table)) {
        slots.remove(other.slot());
      }
    }
    return slots.toArray(String[]::new);
  }

  /** What there ghost's is, a line each. */
  public List<String> found(Connection c) throws SQLException {
    String[] slots = slots(c);
    return Sql.strings(
        c,
        """
        SELECT 'replication slot ' || slot_name FROM pg_replication_slots WHERE slot_name = ANY (?)
         UNION ALL
        SELECT 'publication ' || pubname FROM pg_publication WHERE pubname = ANY (?)
         UNION ALL
        SELECT 'schema ' || nspname FROM pg_namespace AS n
         WHERE nspname = ? AND obj_description(n.oid, 'pg_namespace') = ?
        """,
        slots,
        slots,
        schema,
        COMMENT);
  }

  /** Drops slot, publication and schema. Nobody but us may be using them. */
  public void drop(Connection c) throws SQLException {
    dropStreams(c);
    if (exists(c)) {
      Sql.execute(c, "DROP SCHEMA %s CASCADE".formatted(Sql.quote(schema)));
    }
  }

  /** Drops slot and publication. */
  public void dropStreams(Connection c) throws SQLException {
    for (String name : slots(c)) {
      dropStream(c, name);
    }
  }

  /** Drops a slot and its publication, where they are. */
  public static void dropStream(Connection c, String name) throws SQLException {
    // A slot can be in use for a while after its reader was killed.
    Sql.strings(
        c,
        "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name ="
            + " ? AND active",
        name);
    Sql.strings(
        c,
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ?",
        name);
    Publication.drop(c, name);
  }
}
