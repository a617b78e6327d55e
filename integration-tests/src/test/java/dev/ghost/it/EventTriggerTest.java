package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.InterferenceException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions that are called when anybody makes DDL, and that can forbid it. */
@OnServers(whichHave = Ability.EVENT_TRIGGERS)
class EventTriggerTest {

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t SELECT i, i FROM n");
  }

  private void forbid(String event) throws SQLException {
    schema.execute(
        "CREATE OR REPLACE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " RAISE EXCEPTION 'not on Fridays: %', tg_tag; END $$",
        "CREATE EVENT TRIGGER forbidding ON %s EXECUTE FUNCTION forbid()".formatted(event));
  }

  /** Those that forbid to drop would be met at the end only. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ddl_command_start",
        "ddl_command_end",
        "sql_drop",
        "ddl_command_start WHEN TAG IN ('CREATE PUBLICATION')",
        "ddl_command_start WHEN TAG IN ('ALTER TABLE')",
        "table_rewrite"
      })
  void anEventTriggerThatForbidsWhatHasToBeDone(String event) throws Exception {
    schema.execute("UPDATE t SET n = 1");
    forbid(event);
    try {
      for (Strategy strategy : List.of(Strategy.GHOST, Strategy.AUTO)) {
        RefusedException e =
            catchThrowableOfType(
                RefusedException.class,
                () -> schema.ghost("t", "ALTER n TYPE bigint").strategy(strategy).build().run());
        assertThat(e).as(strategy.name()).isNotNull();
        assertThat(e).hasMessageContaining("not on Fridays");
        assertNothingIsLeft();
      }
    } finally {
      schema.execute("DROP EVENT TRIGGER forbidding");
    }
    schema.ghost("t", "ALTER n TYPE bigint").build().run();
  }

  @Test
  void anEventTriggerThatComesMeanwhile() throws Exception {
    try {
      InterferenceException e =
          catchThrowableOfType(
              InterferenceException.class,
              () ->
                  schema
                      .ghost("t", "ADD x int")
                      .listener(
                          new PausingListener()
                              .at(
                                  Phase.CUTOVER,
                                  () -> forbid("ddl_command_start WHEN TAG IN ('ALTER TABLE')")))
                      .build()
                      .run());
      assertThat(e).hasMessageContaining("not on Fridays");
      assertThat(e.resumable()).isTrue();
      assertThat(schema.hasColumn("t", "x")).isFalse();
    } finally {
      schema.execute("DROP EVENT TRIGGER IF EXISTS forbidding");
    }
    schema.ghost("t", "ADD x int").build().run();
    assertThat(schema.leftovers()).isEmpty();
  }

  private void assertNothingIsLeft() {
    try {
      assertThat(schema.leftovers()).isEmpty();
      assertThat(schema.tables()).contains("t").doesNotContain("t_old");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
