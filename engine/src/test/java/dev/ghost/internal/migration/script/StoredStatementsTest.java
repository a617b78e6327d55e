package dev.ghost.internal.migration.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.Stored;
import java.util.List;
import org.junit.jupiter.api.Test;

/** As in {@code StoredFormsTest}, of a script. */
class StoredStatementsTest {

  @Test
  void whichStatementsAreMade() {
    StatementNotes notes =
        new StatementNotes(
            List.of("ALTER TABLE a ADD b INT"), "ALTER TABLE c ADD d INT", "x", true);
    assertThat(notes.text()).isEqualTo(Stored.text("statements.json"));
    assertThat(StatementNotes.of(Stored.text("statements.json"))).isEqualTo(notes);
  }
}
