package dev.ghost.internal.migration.script;

import dev.ghost.internal.storage.StoredJson;
import java.util.ArrayList;
import java.util.List;

/**
 * Which statements of a script are made, and which one was begun last.
 *
 * @param made the statements, in their order; where all tables are swapped at the same moment,
 *     those that are, which may not have been cleaned up behind yet
 * @param begun the one that is being made; empty when there is none
 * @param before its table's definition when it was begun
 * @param swapped true when its table was swapped, which may not have been cleaned up behind yet
 */
record StatementNotes(List<String> made, String begun, String before, boolean swapped) {

  static final StatementNotes NONE = new StatementNotes(List.of(), "", "", false);

  StatementNotes {
    made = List.copyOf(made);
  }

  StatementNotes begin(String statement, String definition) {
    return new StatementNotes(made, statement, definition, false);
  }

  /** The one that was begun is swapped in. */
  StatementNotes swap() {
    return new StatementNotes(made, begun, before, true);
  }

  /** The one that was begun is made. */
  StatementNotes end() {
    List<String> all = new ArrayList<>(made);
    all.add(begun);
    return new StatementNotes(all, "", "", false);
  }

  /** One of several that are swapped at the same moment is. */
  StatementNotes swapped(String statement) {
    List<String> all = new ArrayList<>(made);
    if (!all.contains(statement)) {
      all.add(statement);
    }
    return new StatementNotes(all, begun, before, swapped);
  }

  String text() {
    return StoredJson.write(this);
  }

  static StatementNotes of(String text) {
    return StoredJson.read(text, StatementNotes.class);
  }
}
