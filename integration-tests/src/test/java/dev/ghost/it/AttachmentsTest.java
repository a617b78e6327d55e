package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.Migration;
import dev.ghost.api.MigrationException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.Way;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Foreign keys and triggers of MySQL and MariaDB follow to the new table, by their own names. */
@OnServers(whichHave = Ability.KEYS_REFER_TO_NAMES, otherVersions = Db.MARIADB)
class AttachmentsTest {

  static final String KEYS =
      """
      SELECT r.table_name, r.constraint_name, r.referenced_table_name, r.update_rule, r.delete_rule,
             GROUP_CONCAT(k.column_name ORDER BY k.ordinal_position),
             GROUP_CONCAT(k.referenced_column_name ORDER BY k.ordinal_position)
        FROM information_schema.referential_constraints AS r
        JOIN information_schema.key_column_usage AS k
          ON k.constraint_schema = r.constraint_schema AND k.constraint_name = r.constraint_name
         AND k.table_name = r.table_name
       WHERE r.constraint_schema = DATABASE()
       GROUP BY 1, 2, 3, 4, 5
       ORDER BY 1, 2
      """;

  static final String INDEXES =
      """
      SELECT DISTINCT table_name, index_name
        FROM information_schema.statistics
       WHERE table_schema = DATABASE() AND table_name NOT LIKE '%\\_old'
       ORDER BY 1, 2
      """;

  private static final String TRIGGERS =
      """
      SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_order,
             action_statement, definer, sql_mode, character_set_client, collation_connection
        FROM information_schema.triggers
       WHERE trigger_schema = DATABASE()
       ORDER BY trigger_name
      """;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE p (id BIGINT, n INT, PRIMARY KEY (id))",
        "INSERT INTO p SELECT i, i FROM n WHERE i <= 100",
        "CREATE TABLE t (id BIGINT PRIMARY KEY, u BIGINT NOT NULL, v BIGINT NOT NULL, UNIQUE KEY"
            + " by_u (u), p_id BIGINT DEFAULT 7, up BIGINT)",
        "INSERT INTO t SELECT i, i, i, 1 + i % 100, NULL FROM n");
  }

  private void keys() throws SQLException {
    schema.execute(
        "ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (p_id) REFERENCES p (id) ON UPDATE NO"
            + " ACTION, ADD CONSTRAINT to_itself FOREIGN KEY (up) REFERENCES t (id)",
        "ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE RESTRICT");
  }

  private void triggers() throws SQLException {
    schema.execute(
        "CREATE TABLE audit (id BIGINT, was BIGINT, became BIGINT)",
        "SET SESSION sql_mode = 'ANSI_QUOTES'",
        "CREATE TRIGGER before_insert BEFORE INSERT ON t FOR EACH ROW SET NEW.up = NULL",
        "SET SESSION sql_mode = DEFAULT",
        "CREATE TRIGGER after_insert AFTER INSERT ON t FOR EACH ROW INSERT INTO audit VALUES"
            + " (NEW.id, NULL, NEW.v)",
        """
        CREATE TRIGGER after_update AFTER UPDATE ON t FOR EACH ROW
        BEGIN
          INSERT INTO audit VALUES (NEW.id, OLD.v, NEW.v);
        END
        """,
        "CREATE TRIGGER again AFTER UPDATE ON t FOR EACH ROW FOLLOWS after_update SET @seen = 'ä'");
  }

  /** Writers go on all the while; nothing of the copy or the replay fires a trigger. */
  @Test
  void theyFollow() throws Exception {
    keys();
    triggers();
    List<String> keys = schema.rows(KEYS);
    List<String> indexes = schema.rows(INDEXES);
    List<String> triggers = schema.rows(TRIGGERS);
    assertThat(keys).hasSize(3);
    assertThat(triggers).hasSize(4);
    MigrationResult result;
    try (Ledger ledger = new Ledger(schema, "t", 2, 5).gently().start()) {
      result = schema.ghost("t", "ADD COLUMN note INT").build().run();
      ledger.stop();
      assertThat(ledger.differences()).isEmpty();
    }
    assertThat(schema.rows(KEYS)).isEqualTo(keys);
    // MySQL would build them again, under the lock, and with other names.
    assertThat(schema.rows(INDEXES)).isEqualTo(indexes);
    assertThat(schema.rows(TRIGGERS)).isEqualTo(triggers);
    assertThat(result.warnings())
        .anyMatch(w -> w.contains("to_p"))
        .anyMatch(w -> w.contains("again"));
    // Neither the copy nor the replay has fired one.
    assertThat(schema.count("audit WHERE was IS NULL AND became <= 5000")).isZero();
    assertThat(
            schema.value(
                "SELECT COUNT(*) - COUNT(DISTINCT id, became) FROM audit WHERE was IS NULL"))
        .isEqualTo("0");
    schema.execute(
        "INSERT INTO t (id, u, v, p_id) VALUES (-8, -8, 1, 8)", "UPDATE t SET v = 2 WHERE id = -8");
    assertThat(schema.count("audit WHERE id = -8")).isEqualTo(2);
    refusedByKey("DELETE FROM p WHERE id = 8");
    refusedByKey("INSERT INTO t (id, u, v, p_id) VALUES (-9, -9, 1, -1)");
    assertThat(schema.tables()).containsExactly("audit", "p", "t", "t_old");
    schema.ghost().dropRetiredTables().run();
    assertThat(schema.rows(KEYS)).isEqualTo(keys);
  }

  @Test
  void theyFollowOnTheWayBackAsWell() throws Exception {
    keys();
    triggers();
    List<String> keys = schema.rows(KEYS);
    List<String> indexes = schema.rows(INDEXES);
    List<String> triggers = schema.rows(TRIGGERS);
    try (Ledger ledger = new Ledger(schema, "t", 2, 6).gently().start()) {
      schema.ghost("t", "ADD COLUMN note INT").build().run();
      MigrationResult back = schema.revert("t").build().run();
      ledger.stop();
      assertThat(ledger.differences()).isEmpty();
      assertThat(back.warnings())
          .anyMatch(w -> w.contains("to_p"))
          .anyMatch(w -> w.contains("again"));
    }
    assertThat(schema.hasColumn("t", "note")).isFalse();
    assertThat(schema.rows(KEYS)).isEqualTo(keys);
    assertThat(schema.rows(INDEXES)).filteredOn(i -> !i.startsWith("t_new|")).isEqualTo(indexes);
    assertThat(schema.rows(TRIGGERS)).isEqualTo(triggers);
    assertThat(schema.count("audit WHERE was IS NULL AND became <= 5000")).isZero();
    refusedByKey("DELETE FROM p WHERE id = 8");
    assertThat(schema.tables()).containsExactly("audit", "p", "t", "t_new");
  }

  /** On the former table, it could not be made. */
  @Test
  void whatCameWithTheNewSchemaIsInTheWayBack() throws Exception {
    schema.ghost("t", "ADD COLUMN note BIGINT, ADD INDEX (note)").build().run();
    schema.execute("ALTER TABLE t ADD CONSTRAINT by_note FOREIGN KEY (note) REFERENCES p (id)");
    assertThatThrownBy(() -> schema.revert("t").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("by_note")
        .hasMessageContaining("note is part of it");
    schema.execute(
        "ALTER TABLE t DROP FOREIGN KEY by_note",
        "CREATE TRIGGER noting BEFORE INSERT ON t FOR EACH ROW SET NEW.note = 1");
    assertThatThrownBy(() -> schema.revert("t").build().run())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("noting")
        .hasMessageContaining("t_old");
    schema.execute("INSERT INTO t (id, u, v) VALUES (-8, -8, 1)");
    assertThat(schema.value("SELECT note FROM t WHERE id = -8")).isEqualTo("1");
    schema.execute("DROP TRIGGER noting");
    schema.revert("t").build().run();
    assertThat(schema.hasColumn("t", "note")).isFalse();
  }

  /** One that is killed between the swap and the end leaves a table that is complete. */
  @Test
  void theyFollowAlsoWhenTheRunEndsRightAfterTheSwap() throws Exception {
    keys();
    triggers();
    List<String> keys = schema.rows(KEYS);
    List<String> triggers = schema.rows(TRIGGERS);
    endsAtTheEnd(l -> schema.ghost("t", "ADD COLUMN note INT").listener(l).build());
    assertThat(schema.hasColumn("t", "note")).isTrue();
    refusedByKey("UPDATE t SET p_id = -1 WHERE id = 2");
    schema.execute("UPDATE t SET u = -1 WHERE id = 2");
    assertThat(schema.count("audit")).isEqualTo(1);
    schema.ghost("t", "ADD COLUMN note INT").build().run();
    assertThat(schema.rows(KEYS)).isEqualTo(keys);
    assertThat(schema.rows(TRIGGERS)).isEqualTo(triggers);
    endsAtTheEnd(l -> schema.revert("t").listener(l).build());
    assertThat(schema.hasColumn("t", "note")).isFalse();
    refusedByKey("UPDATE t SET p_id = -1 WHERE id = 2");
    schema.revert("t").build().run();
    assertThat(schema.rows(KEYS)).isEqualTo(keys);
    assertThat(schema.rows(TRIGGERS)).isEqualTo(triggers);
    assertThat(schema.leftovers()).isEmpty();
  }

  private static void endsAtTheEnd(Function<MigrationListener, Migration> ghost) {
    PausingListener listener =
        new PausingListener()
            .at(
                Phase.FINISH,
                () -> {
                  throw new IllegalStateException("killed");
                });
    assertThatThrownBy(() -> ghost.apply(listener).run()).isInstanceOf(MigrationException.class);
  }

  @Test
  void aForeignKeyIsDroppedByTheServer() throws Exception {
    keys();
    MigrationResult result =
        schema.ghost("t", "DROP FOREIGN KEY to_p").strategy(Strategy.AUTO).build().run();
    assertThat(result.way()).isEqualTo(Way.METADATA);
    assertThat(schema.rows(KEYS)).noneMatch(k -> k.contains("to_p"));
    assertThat(refused("DROP FOREIGN KEY to_itself, ADD COLUMN note INT"))
        .hasMessageContaining("dropped by the server itself");
  }

  @Test
  void whatWouldNotFitIsRefusedAtOnce() throws Exception {
    keys();
    triggers();
    assertThat(refused("MODIFY p_id INT")).hasMessageContaining("p_id is part of it");
    assertThat(refused("DROP COLUMN up")).hasMessageContaining("to_itself");
    schema.execute("ALTER TABLE t DROP FOREIGN KEY to_itself");
    assertThat(refused("DROP COLUMN up"))
        .hasMessageContaining("before_insert")
        .hasMessageContaining("up");
    assertThat(schema.tables()).containsExactly("audit", "p", "t");
  }

  private void refusedByKey(String statement) {
    assertThatThrownBy(() -> schema.execute(statement))
        .hasMessageContaining("foreign key constraint");
  }

  private RefusedException refused(String change) {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> schema.ghost("t", change).build().run());
    assertThat(e).as("refusal of " + change).isNotNull();
    return e;
  }
}
