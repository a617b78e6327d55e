package dev.ghost.internal.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.Stored;
import dev.ghost.internal.dialect.postgres.schema.Counters;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** As in {@code StoredFormsTest}, of what is known of the ghost. */
class StoredGhostNoteTest {

  @Test
  void whatIsKnownOfTheGhost() {
    GhostNote note =
        new GhostNote(
            "a int",
            Map.of(1, "a"),
            16_384,
            50,
            List.of(List.of("CREATE INDEX i ON t (a)")),
            List.of(),
            List.of("fk"),
            List.of("ck"),
            new Counters(Map.of("a", "b"), List.of("c")));
    assertThat(note.text()).isEqualTo(Stored.text("ghost.json"));
    assertThat(GhostNote.of(Stored.text("ghost.json"))).isEqualTo(note);
  }
}
