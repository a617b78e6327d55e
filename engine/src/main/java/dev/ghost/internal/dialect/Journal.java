package dev.ghost.internal.dialect;

import dev.ghost.internal.storage.StoredForm;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * What a run keeps in the database that is being altered, for later runs and for other processes:
 * notes, one of each kind, and messages, which others send to a run and which it answers.
 */
public interface Journal {

  /** A kind of note. */
  enum EntryKind {
    /** The form of all others, and the version that wrote them: a {@link StoredForm}. */
    FORM,
    /** The table that is altered, in the dialect's own form. */
    SOURCE,
    /** The change that was asked for. */
    REQUEST,
    /** What must still be so when a later run continues: the source's definition above all. */
    PREMISES,
    /** What the dialect has to know of the ghost to go on with it. */
    GHOST,
    /** How far the run is. */
    CHECKPOINT,
    /** What the run is doing, for people. */
    STATUS,
    /** What depends on the source and has to follow, in the dialect's own form. */
    ATTACHMENTS,
    /** The retired table, and the comment that is to tell it. */
    RETIRED,
    /** The name of the table that the run retires, or brings back. */
    RETIRED_NAME,
    /** Which statements of a script are made. */
    STATEMENTS,
    /** Not empty while the tables of a sample are ours; what has their names else is not. */
    SAMPLES,
    /** What the comparison with the server's own ALTER came to. */
    COMPARISON
  }

  /**
   * A message to a run.
   *
   * @param number in the order of sending
   */
  record Message(long number, String text) {}

  /** Makes an empty one. */
  void create(Connection connection) throws SQLException;

  /** True when there is one of ghost's journals. */
  boolean exists(Connection connection) throws SQLException;

  /** A note; empty when there is none of its kind. */
  Optional<String> read(Connection connection, EntryKind note) throws SQLException;

  /** Writes a note, in place of the last one of its kind. */
  void write(Connection connection, EntryKind note, String text) throws SQLException;

  /**
   * Sends a message to the run.
   *
   * @return its number
   */
  long send(Connection connection, String text) throws SQLException;

  /** The messages that have no answer yet, in the order of sending. */
  List<Message> unanswered(Connection connection) throws SQLException;

  void answer(Connection connection, long number, String answer) throws SQLException;

  /** The answer to a message; empty when there is none yet. */
  Optional<String> answerTo(Connection connection, long number) throws SQLException;
}
