package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.Ghost;
import dev.ghost.api.Phase;
import dev.ghost.api.Strategy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all sessions of the server begin with is nothing that ours depend on. */
@OnServers(whichHave = Ability.SET_GLOBAL)
class GlobalSettingsTest {

  @Provided private BinlogServer server;

  @Provided private Schema schema;

  private final List<String> restore = new ArrayList<>();

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(2_000);
    schema.execute(
        "CREATE TABLE p (id INT PRIMARY KEY)",
        "INSERT INTO p SELECT i FROM n WHERE i <= 100",
        "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT, p_id INT, UNIQUE KEY by_v (v),"
            + " CONSTRAINT to_p FOREIGN KEY (p_id) REFERENCES p (id), CONSTRAINT few CHECK (v <"
            + " 9000))",
        "INSERT INTO t SELECT i, i, 1 + i % 100 FROM n");
  }

  @AfterEach
  void restore() throws Exception {
    schema.execute(restore.toArray(String[]::new));
  }

  /** By the test's own session, which has the settings of before. */
  private void set(String name, String value) throws Exception {
    restore.add("SET GLOBAL %s = DEFAULT".formatted(name));
    schema.execute("SET GLOBAL %s = %s".formatted(name, value));
  }

  private void assertThatItWorks() throws Exception {
    schema
        .ghost("t", "ADD COLUMN note INT, MODIFY v BIGINT")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () ->
                        schema.execute(
                            "UPDATE t SET v = v + 3000 WHERE id % 7 = 0",
                            "DELETE FROM t WHERE id % 11 = 0",
                            "INSERT INTO t (v, p_id) VALUES (8000, 5)")))
        .build()
        .run();
    String all = "SELECT id, v, p_id FROM %s ORDER BY id";
    assertThat(schema.rows(all.formatted("t"))).isEqualTo(schema.rows(all.formatted("t_old")));
    assertThat(schema.value("SHOW CREATE TABLE t")).contains("`to_p`", "CHECK", "`by_v`");
    assertThat(schema.revert("t").build().run().rowsCopied()).isNotNegative();
    assertThat(schema.hasColumn("t", "note")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"CHAIN", "RELEASE"})
  void aCommitDoesMore(String type) throws Exception {
    set("completion_type", "'%s'".formatted(type));
    assertThatItWorks();
  }

  /** Of a session that the caller's pool has opened, and that gets its settings back. */
  @Test
  void aCommitOfACallersSessionDoesMore() throws Exception {
    set("completion_type", "CHAIN");
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setJdbcUrl(
          "jdbc:mysql://%s:%d/%s".formatted(server.host(), server.port(), schema.name()));
      pool.setUsername("root");
      pool.setPassword(Server.PASSWORD);
      pool.setMaximumPoolSize(20);
      Ghost.connect(pool)
          .migration("t")
          .alter("ADD COLUMN note INT")
          .strategy(Strategy.GHOST)
          .build()
          .run();
    }
    assertThat(schema.hasColumn("t", "note")).isTrue();
    assertThat(schema.count("t")).isEqualTo(2_000);
  }

  @Test
  void queriesAreLimited() throws Exception {
    set("sql_select_limit", "1");
    // So many that the server takes what the reader of its log asks for by itself.
    set("max_join_size", "2000");
    set("sql_safe_updates", "ON");
    set("max_sort_length", "8");
    assertThatItWorks();
  }

  @Test
  void statementsAreLimitedInTime() throws Exception {
    schema.execute(server.readLimit(true));
    restore.add(server.readLimit(false));
    assertThatItWorks();
  }

  @Test
  void checksAreOff() throws Exception {
    set("foreign_key_checks", "OFF");
    set("unique_checks", "OFF");
    set("autocommit", "OFF");
    set("big_tables", "ON");
    set("sql_quote_show_create", "OFF");
    assertThatItWorks();
  }

  /** The primary key that MySQL adds to a table without one can be hidden from those who look. */
  @Needs(Ability.ADDED_PRIMARY_KEYS)
  @ParameterizedTest
  @ValueSource(strings = {"ON", "OFF"})
  void aKeyThatTheServerHasAdded(String shown) throws Exception {
    schema.execute(
        "SET SESSION sql_generate_invisible_primary_key = ON",
        "CREATE TABLE h (v INT NOT NULL)",
        "SET SESSION sql_generate_invisible_primary_key = OFF",
        "INSERT INTO h SELECT i % 10 FROM n");
    set("show_gipk_in_create_table_and_information_schema", shown);
    schema
        .ghost("h", "ADD COLUMN note INT, MODIFY v BIGINT NOT NULL")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () ->
                        schema.execute(
                            "UPDATE h SET v = v + 100 WHERE my_row_id % 7 = 0",
                            "DELETE FROM h WHERE my_row_id % 11 = 0",
                            "INSERT INTO h (v) VALUES (5000)")))
        .build()
        .run();
    String all = "SELECT my_row_id, v FROM %s ORDER BY my_row_id";
    assertThat(schema.rows(all.formatted("h"))).isEqualTo(schema.rows(all.formatted("h_old")));
    assertThat(schema.value("SHOW CREATE TABLE h"))
        .contains("`my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */");
    schema.execute("INSERT INTO h (v) VALUES (5001)");
    assertThat(schema.value("SELECT MAX(my_row_id) FROM h WHERE v = 5001"))
        .isEqualTo(schema.value("SELECT MAX(my_row_id) + 1 FROM h_old"));
  }
}
