package dev.ghost.internal.dialect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.fakes.Stored;
import dev.ghost.internal.dialect.postgres.schema.Counters;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl.PostponedKey;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** As in {@code StoredFormsTest}, of what is known of the ghost. */
class StoredGhostNoteTest {

  private static final PostgresIndex KEY =
      new PostgresIndex(
          "k",
          "CREATE UNIQUE INDEX k ON t (a)",
          "UNIQUE (a)",
          false,
          true,
          false,
          false,
          false,
          true,
          List.of("a"),
          List.of("a"),
          List.of("="),
          "",
          false);

  @Test
  void whatIsKnownOfTheGhost() {
    GhostNote note =
        new GhostNote(
            "a int",
            Map.of(1, "a"),
            16_384,
            50,
            List.of(List.of("CREATE INDEX i ON t (a)")),
            List.of(
                new PostponedKey(
                    KEY,
                    List.of("CREATE UNIQUE INDEX k ON t (a)"),
                    List.of("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX k"))),
            List.of(),
            List.of("fk"),
            List.of("ck"),
            new Counters(Map.of("a", "b"), List.of("c")));
    assertThat(note.text()).isEqualTo(Stored.text("ghost.json"));
    assertThat(GhostNote.of(Stored.text("ghost.json"))).isEqualTo(note);
  }
}
