package dev.ghost.internal.dialect.innodb;

import static java.util.Comparator.comparing;

import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.ReferringKeys;
import dev.ghost.internal.dialect.innodb.server.Sentry;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The ghost, a sentry, and the control table, which is made before them and dropped after. */
record InnodbArtifacts(TableName source) implements Artifacts {

  /** The most characters of a table's comment. */
  private static final int COMMENT_LIMIT = 2_048;

  private static final int LOCK_NAME_LIMIT = 64;

  /**
   * A table that a cutover has retired.
   *
   * @param retirement what is told of it
   */
  record Former(TableName name, Retirement retirement) {}

  private TableNames usual() {
    return TableNames.of(source, Sql.TABLE_NAME_LIMIT);
  }

  /**
   * The names of the run whose journal is there, which may retire the table under a name that was
   * chosen; for a run that takes a change back, those of the change.
   */
  TableNames namesOfRun(Connection c) throws SQLException {
    Optional<String> noted =
        journal().exists(c) ? journal().read(c, EntryKind.RETIRED_NAME) : Optional.empty();
    return noted.map(source::sibling).map(usual()::retiring).orElse(usual());
  }

  @Override
  public boolean lockRun(Connection c) throws SQLException {
    return ofTheLock(c, "SELECT GET_LOCK(?, 0)").equals(OptionalLong.of(1));
  }

  @Override
  public OptionalLong runLockHolder(Connection c) throws SQLException {
    return ofTheLock(c, "SELECT IS_USED_LOCK(?)");
  }

  @Override
  public InnodbControlTable journal() {
    return new InnodbControlTable(usual().control());
  }

  @Override
  public TableName retired(Connection c) throws SQLException {
    return former(c).map(Former::name).orElse(namesOfRun(c).retired());
  }

  private OptionalLong ofTheLock(Connection c, String sql) throws SQLException {
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, lockName());
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        long answer = rs.getLong(1);
        return rs.wasNull() ? OptionalLong.empty() : OptionalLong.of(answer);
      }
    }
  }

  private String lockName() {
    return Sql.cut("ghost:" + source, LOCK_NAME_LIMIT);
  }

  @Override
  public List<String> found(Connection c) throws SQLException {
    List<String> found = new ArrayList<>();
    TableNames names = namesOfRun(c);
    for (Sentry each : sentries(names)) {
      if (each.isOurs(c)) {
        found.add("table " + each.name());
      }
    }
    if (journal().exists(c)) {
      if (Sql.exists(c, names.ghost())) {
        found.add("table " + names.ghost());
      }
      for (TableName sample : samples(c)) {
        if (Sql.exists(c, sample)) {
          found.add("table " + sample);
        }
      }
      found.add("table " + names.control());
    }
    return found;
  }

  /**
   * The tables of a sample that a run has made, or was about to. They are noted before they are
   * made, when nothing has their names: without the note, what has them is somebody else's.
   */
  private List<TableName> samples(Connection c) throws SQLException {
    return journal().read(c, EntryKind.SAMPLES).filter(n -> !n.isEmpty()).isPresent()
        ? usual().samples(Sql.TABLE_NAME_LIMIT)
        : List.of();
  }

  /** Where a run, on its way there or back, can have left one. */
  private static List<Sentry> sentries(TableNames names) {
    return List.of(
        new Sentry(names.retired()), new Sentry(names.back(Sql.TABLE_NAME_LIMIT).retired()));
  }

  @Override
  public void clean(Connection c) throws SQLException {
    TableNames names = namesOfRun(c);
    for (Sentry each : sentries(names)) {
      each.drop(c);
    }
    InnodbControlTable control = journal();
    if (control.exists(c)) {
      settle(c, names);
      nameRetired(c);
      ReferringKeys.leaveGhost(c, names.ghost());
      Sql.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(names.ghost()));
      for (TableName sample : samples(c)) {
        Sql.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(sample));
      }
      control.drop(c);
    }
  }

  /**
   * After a swap, what depended on the former source depends on the new one, by its own name.
   * Before one, nothing depends on a retired table that was to come back.
   */
  private void settle(Connection c, TableNames names) throws SQLException {
    Optional<InnodbAttachments> noted =
        journal().read(c, EntryKind.ATTACHMENTS).map(InnodbAttachments::of);
    if (noted.isEmpty()) {
      return;
    }
    boolean back = journal().read(c, EntryKind.REQUEST).filter(AlterRequest::reverts).isPresent();
    TableNames run = back ? names.back(Sql.TABLE_NAME_LIMIT) : names;
    boolean ghost = Sql.exists(c, run.ghost());
    if (!ghost && Sql.exists(c, run.retired())) {
      noted.get().settleAfterwards(c, run);
    } else if (ghost && back) {
      InnodbAttachments.detach(c, run.ghost());
    }
  }

  /** Notes which table is retired by the swap, or was by an earlier one. */
  void noteRetired(Connection c, TableName retired, Retirement retirement) throws SQLException {
    journal()
        .write(
            c,
            EntryKind.RETIRED,
            retired.table() + "\n" + retirement.text(COMMENT_LIMIT).orElse(retirement.comment()));
  }

  /**
   * The table that was retired last. A run that was killed may have left it in the journal only;
   * else its comment tells it, whatever its name is.
   */
  Optional<Former> former(Connection c) throws SQLException {
    if (journal().exists(c)) {
      TableName name = namesOfRun(c).retired();
      Optional<Retirement> noted =
          journal()
              .read(c, EntryKind.RETIRED)
              .flatMap(note -> Retirement.of(note.substring(note.indexOf('\n') + 1)));
      if (noted.isPresent()) {
        return Optional.of(new Former(name, noted.get()));
      }
    }
    TableName back = usual().back(Sql.TABLE_NAME_LIMIT).retired();
    return retired(c, source.schema()).stream()
        .filter(f -> f.retirement().source().equals(source.table()) && !f.name().equals(back))
        .max(comparing(f -> f.retirement().since()));
  }

  private static List<Former> retired(Connection c, String schema) throws SQLException {
    List<Former> retired = new ArrayList<>();
    String sql =
        """
        SELECT table_name, table_comment
          FROM information_schema.tables
         WHERE table_schema = ? AND table_comment LIKE CONCAT(?, '%')
         ORDER BY table_name
        """;
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, schema);
      statement.setString(2, Retirement.HEAD);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          TableName name = new TableName(schema, rs.getString(1));
          Retirement.of(rs.getString(2)).ifPresent(r -> retired.add(new Former(name, r)));
        }
      }
    }
    return retired;
  }

  /** Gives the retired table, once it is there, the comment that tells it. */
  private void nameRetired(Connection c) throws SQLException {
    Optional<String> note = journal().read(c, EntryKind.RETIRED);
    if (note.isPresent()) {
      int line = note.get().indexOf('\n');
      comment(c, source.sibling(note.get().substring(0, line)), note.get().substring(line + 1));
    }
  }

  static void comment(Connection c, TableName table, String comment) throws SQLException {
    Optional<String> now = Sql.comment(c, table);
    if (now.isPresent() && !now.get().equals(comment)) {
      Sql.execute(
          c, "ALTER TABLE %s COMMENT = %s".formatted(Sql.quote(table), Sql.literal(comment)));
    }
  }
}
