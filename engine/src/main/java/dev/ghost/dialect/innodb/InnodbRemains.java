package dev.ghost.dialect.innodb;

import dev.ghost.dialect.Journal.Note;
import dev.ghost.dialect.Remains;
import dev.ghost.dialect.Retirement;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The ghost, a sentry, and the control table, which is made before them and dropped after. */
record InnodbRemains(TableNames names, Sentry sentry, Sentry sentryBack) implements Remains {

  /** The most characters of a table's comment. */
  private static final int COMMENT_LIMIT = 2_048;

  private static final int LOCK_NAME_LIMIT = 64;

  InnodbRemains(TableName source) {
    this(
        TableNames.of(source, Inspector.NAME_LIMIT),
        new Sentry(TableNames.of(source, Inspector.NAME_LIMIT).retired()),
        new Sentry(TableNames.back(source, Inspector.NAME_LIMIT).retired()));
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
  public Control journal() {
    return new Control(names.control());
  }

  @Override
  public TableName retired() {
    return names.retired();
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
    return Sql.cut("ghost:" + names.source(), LOCK_NAME_LIMIT);
  }

  @Override
  public List<String> found(Connection c) throws SQLException {
    List<String> found = new ArrayList<>();
    for (Sentry each : List.of(sentry, sentryBack)) {
      if (each.isOurs(c)) {
        found.add("table " + each.name());
      }
    }
    if (journal().exists(c)) {
      if (Control.exists(c, names.ghost())) {
        found.add("table " + names.ghost());
      }
      found.add("table " + names.control());
    }
    return found;
  }

  @Override
  public void clean(Connection c) throws SQLException {
    sentry.drop(c);
    sentryBack.drop(c);
    Control control = journal();
    if (control.exists(c)) {
      settle(c);
      nameRetired(c);
      ReferringKeys.leaveGhost(c, names.ghost());
      Control.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(names.ghost()));
      control.drop(c);
    }
  }

  /**
   * After a swap, what hung on the former source hangs on the new one, by its own name. Before one,
   * nothing hangs on a retired table that was to come back.
   */
  private void settle(Connection c) throws SQLException {
    Optional<Attachments> noted = journal().read(c, Note.ATTACHMENTS).map(Attachments::of);
    if (noted.isEmpty()) {
      return;
    }
    boolean back = journal().read(c, Note.REQUEST).filter(AlterRequest::reverts).isPresent();
    TableNames run = back ? TableNames.back(names.source(), Inspector.NAME_LIMIT) : names;
    boolean ghost = Control.exists(c, run.ghost());
    if (!ghost && Control.exists(c, run.retired())) {
      noted.get().settleAfterwards(c, run);
    } else if (ghost && back) {
      Attachments.detach(c, run.ghost());
    }
  }

  /** Notes which table is retired by the swap, or was by an earlier one. */
  void noteRetired(Connection c, TableName retired, Retirement retirement) throws SQLException {
    journal()
        .write(
            c,
            Note.RETIRED,
            retired.table() + "\n" + retirement.text(COMMENT_LIMIT).orElse(retirement.comment()));
  }

  Optional<Retirement> notedRetirement(Connection c) throws SQLException {
    return journal()
        .read(c, Note.RETIRED)
        .flatMap(note -> Retirement.of(note.substring(note.indexOf('\n') + 1)));
  }

  /** Gives the retired table, once it is there, the comment that tells it. */
  private void nameRetired(Connection c) throws SQLException {
    Optional<String> note = journal().read(c, Note.RETIRED);
    if (note.isPresent()) {
      int line = note.get().indexOf('\n');
      comment(
          c, names.source().sibling(note.get().substring(0, line)), note.get().substring(line + 1));
    }
  }

  static void comment(Connection c, TableName table, String comment) throws SQLException {
    Optional<String> now = Control.comment(c, table);
    if (now.isPresent() && !now.get().equals(comment)) {
      Control.execute(
          c, "ALTER TABLE %s COMMENT = %s".formatted(Sql.quote(table), Sql.literal(comment)));
    }
  }
}
