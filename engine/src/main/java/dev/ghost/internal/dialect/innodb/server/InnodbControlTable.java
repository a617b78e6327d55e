package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.storage.StoredForm;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The control table: markers, with slots from 0, and the journal, with slots below. It is created
 * before the ghost and dropped after it, so a ghost without a control table is never ours.
 */
public record InnodbControlTable(TableName name) implements Journal {

  private static final String COMMENT = "ghost control table";

  /** The first slot, downwards, of messages; notes are above it. */
  private static final int MESSAGES = -1_000;

  @Override
  public void create(Connection c) throws SQLException {
    Sql.execute(
        c,
        """
        CREATE TABLE %s (
          slot INT NOT NULL PRIMARY KEY,
          seq BIGINT NOT NULL,
          content LONGTEXT CHARACTER SET utf8mb4
        ) ENGINE = InnoDB COMMENT = '%s'
        """
            .formatted(Sql.quote(name), COMMENT));
    write(c, EntryKind.FORM, StoredForm.ours().text());
  }

  /** The sources of all migrations whose control tables this user may see. */
  public static List<TableName> sources(Connection c) throws SQLException {
    List<InnodbControlTable> controls = new ArrayList<>();
    try (PreparedStatement statement =
        c.prepareStatement(
            """
            SELECT table_schema, table_name
              FROM information_schema.tables
             WHERE table_comment = ?
             ORDER BY table_schema, table_name
            """)) {
      statement.setString(1, COMMENT);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          controls.add(new InnodbControlTable(new TableName(rs.getString(1), rs.getString(2))));
        }
      }
    }
    List<TableName> sources = new ArrayList<>();
    for (InnodbControlTable control : controls) {
      control.read(c, EntryKind.SOURCE).map(control.name()::sibling).ifPresent(sources::add);
    }
    return sources;
  }

  public void mark(Connection c, int slot, long sequence) throws SQLException {
    mark(c, slot, 1, sequence);
  }

  /** In one statement, row after row. */
  public void mark(Connection c, int firstSlot, int slots, long sequence) throws SQLException {
    String sql =
        """
        INSERT INTO %s (slot, seq) VALUES %s
        ON DUPLICATE KEY UPDATE seq = ?
        """
            .formatted(Sql.quote(name), String.join(", ", Collections.nCopies(slots, "(?, ?)")));
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      for (int i = 0; i < slots; i++) {
        statement.setInt(2 * i + 1, firstSlot + i);
        statement.setLong(2 * i + 2, sequence);
      }
      statement.setLong(2 * slots + 1, sequence);
      statement.executeUpdate();
    }
  }

  /** The sequence of the last marker in a slot; 0 when there is none. */
  public long marked(Connection c, int slot) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement("SELECT seq FROM %s WHERE slot = ?".formatted(Sql.quote(name)))) {
      statement.setInt(1, slot);
      try (ResultSet rs = statement.executeQuery()) {
        return rs.next() ? rs.getLong(1) : 0;
      }
    }
  }

  private void put(Connection c, int slot, long sequence, String content) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            """
            INSERT INTO %s (slot, seq, content) VALUES (?, ?, ?)
            ON DUPLICATE KEY UPDATE seq = ?, content = ?
            """
                .formatted(Sql.quote(name)))) {
      statement.setInt(1, slot);
      statement.setLong(2, sequence);
      statement.setString(3, content);
      statement.setLong(4, sequence);
      statement.setString(5, content);
      statement.executeUpdate();
    }
  }

  private static int slot(EntryKind note) {
    return switch (note) {
      case SOURCE -> -6;
      case REQUEST -> -1;
      case PREMISES -> -2;
      case GHOST -> -3;
      case CHECKPOINT -> -4;
      case STATUS -> -5;
      case RETIRED -> -7;
      case ATTACHMENTS -> -8;
      case STATEMENTS -> -9;
      case RETIRED_NAME -> -10;
      case SAMPLES -> -11;
      case COMPARISON -> -12;
      case FORM -> -13;
    };
  }

  @Override
  public void write(Connection c, EntryKind note, String text) throws SQLException {
    put(c, slot(note), 0, text);
  }

  @Override
  public Optional<String> read(Connection c, EntryKind note) throws SQLException {
    return content(c, slot(note), 0);
  }

  /** Messages are numbered from 1, and an answer takes the message's place, with 1 for seq. */
  @Override
  public long send(Connection c, String text) throws SQLException {
    long number;
    try (var statement = c.createStatement();
        ResultSet rs =
            statement.executeQuery(
                "SELECT COALESCE(MIN(slot), 0) FROM %s FOR UPDATE".formatted(Sql.quote(name)))) {
      rs.next();
      number = MESSAGES - Math.min(rs.getInt(1), MESSAGES) + 1L;
    }
    put(c, (int) (MESSAGES - number), 0, text);
    return number;
  }

  @Override
  public List<Message> unanswered(Connection c) throws SQLException {
    List<Message> messages = new ArrayList<>();
    try (PreparedStatement statement =
        c.prepareStatement(
            "SELECT slot, content FROM %s WHERE slot < ? AND seq = 0 ORDER BY slot DESC"
                .formatted(Sql.quote(name)))) {
      statement.setInt(1, MESSAGES);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          messages.add(new Message((long) MESSAGES - rs.getInt(1), rs.getString(2)));
        }
      }
    }
    return messages;
  }

  @Override
  public void answer(Connection c, long number, String answer) throws SQLException {
    put(c, (int) (MESSAGES - number), 1, answer);
  }

  @Override
  public Optional<String> answerTo(Connection c, long number) throws SQLException {
    return content(c, (int) (MESSAGES - number), 1);
  }

  private Optional<String> content(Connection c, int slot, long sequence) throws SQLException {
    try (PreparedStatement statement =
        c.prepareStatement(
            "SELECT content FROM %s WHERE slot = ? AND seq = ?".formatted(Sql.quote(name)))) {
      statement.setInt(1, slot);
      statement.setLong(2, sequence);
      try (ResultSet rs = statement.executeQuery()) {
        return rs.next() ? Optional.of(rs.getString(1)) : Optional.empty();
      }
    }
  }

  /** True when the table is ours; its comment says so. */
  @Override
  public boolean exists(Connection c) throws SQLException {
    return Sql.comment(c, name).filter(COMMENT::equals).isPresent();
  }

  public void drop(Connection c) throws SQLException {
    Sql.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(name));
  }
}
