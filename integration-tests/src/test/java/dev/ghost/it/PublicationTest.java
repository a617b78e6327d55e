package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Publications of the user's, which would have what ghost writes. */
@OnServers(whichHave = Ability.PUBLICATIONS)
class PublicationTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t SELECT i, 1 FROM n");
  }

  /** Its subscribers have neither the ghost nor our journal, and would stop there. */
  @Test
  void aPublicationOfAllTablesThatSomebodyReads() throws Exception {
    schema.execute(
        "CREATE PUBLICATION everything FOR ALL TABLES",
        "SELECT pg_create_logical_replication_slot('reader', 'pgoutput')");
    try {
      for (Migration ghost :
          List.of(schema.ghost("t", "ADD COLUMN x int").build(), schema.revert("t").build())) {
        RefusedException e = catchThrowableOfType(RefusedException.class, ghost::run);
        assertThat(e).isNotNull();
        assertThat(e).hasMessageContaining("everything").hasMessageContaining("reader");
        assertThat(e.remedy()).contains("--accept-publication everything");
      }
      String statement = "ALTER TABLE t ADD COLUMN z int";
      assertThatThrownBy(() -> schema.ghost().script(statement).build().run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("everything");
      assertThat(schema.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_gho'"))
          .isEmpty();
      // What the server does itself writes no ghost's rows.
      schema.ghost("t", "ADD COLUMN y int").strategy(Strategy.AUTO).build().run();
      schema.ghost("t", "ADD COLUMN x int").acceptPublication("everything").build().run();
      schema.execute("SELECT pg_drop_replication_slot('reader')", "DROP TABLE t_old");
      schema.ghost("t", "ADD COLUMN z int").build().run();
      assertThat(schema.hasColumn("t", "z")).isTrue();
    } finally {
      schema.execute(
          "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name ="
              + " 'reader'",
          "DROP PUBLICATION everything");
    }
  }
}
