package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.Phase;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.VerificationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A ghost that is not what it should be is never swapped in: every way in which a row can be wrong
 * is found, and named.
 */
@OnServers
class VerifyTest {

  private static final int ROWS = 9_000;

  @Provided private Db db;

  @Provided private Server server;

  private Schema schema;

  @AfterEach
  void cleanUp() throws Exception {
    if (schema != null) {
      schema.close();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      textBlock =
          """
          true;  DELETE FROM %s WHERE v = 1234
          true;  UPDATE %s SET v = -v WHERE v = 1234
          true;  UPDATE %s SET v = NULL WHERE v = 1234
          true;  UPDATE %s SET s = UPPER(s) WHERE v = 1234
          true;  UPDATE %s SET s = CONCAT(s, ' ') WHERE v = 1234
          true;  UPDATE %s SET f = f + 2.220446049250313e-16 WHERE v = 1234
          true;  UPDATE %s SET s = (SELECT s FROM t WHERE v = 1235) WHERE v = 1234
          false; DELETE FROM %s WHERE v = 1234
          false; UPDATE %s SET v = -v WHERE v = 1234
          false; UPDATE %s SET s = UPPER(s) WHERE v = 1234
          """)
  void aWrongRowIsFound(boolean random, String wrong) throws Exception {
    load(random);
    String key = schema.value("SELECT id FROM t WHERE v = 1234");
    assertFound(wrong, random && db != Db.POSTGRES ? "" : key);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aRowTooManyIsFound(boolean random) throws Exception {
    load(random);
    schema.execute(
        "CREATE TABLE more AS SELECT * FROM t WHERE v = 1234", "DELETE FROM t WHERE v = 1234");
    String key = schema.value("SELECT id FROM more");
    assertFound(
        "INSERT INTO %s (id, v, s, f, filler) SELECT id, v, s, f, filler FROM more",
        random && db != Db.POSTGRES ? "" : key);
  }

  /** Equal is not enough. */
  @Needs(Ability.EQUAL_BUT_DIFFERENT)
  @ParameterizedTest
  @CsvSource({"numeric, 1.0, 1.00", "float8, 0, -0", "text COLLATE ci, a, A", "jsonb, 1.0, 1.00"})
  void anEqualValueThatIsWrittenOtherwiseIsFound(String type, String value, String equal)
      throws Exception {
    load(true);
    schema.execute(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "ALTER TABLE t ADD n %s DEFAULT '%s'".formatted(type, value));
    assertFound(
        "UPDATE %%s SET n = '%s' WHERE v = 1234".formatted(equal),
        schema.value("SELECT id FROM t WHERE v = 1234"));
  }

  /** Then no index of the source has the key as the ghost has it. */
  @Needs(Ability.COPY_BY_PAGES)
  @ParameterizedTest
  @CsvSource({"false, bigint", "true, text"})
  void wrongRowsAreFoundWhereTheKeyHasAnotherType(boolean random, String type) throws Exception {
    load(random);
    String key = schema.value("SELECT id FROM t WHERE v = 1234");
    String change = "ALTER COLUMN id TYPE " + type;
    assertFound("UPDATE %s SET s = 'wrong' WHERE v = 1234", key, change);
    schema.execute(
        "CREATE TABLE more AS SELECT * FROM t WHERE v = 1234", "DELETE FROM t WHERE v = 1234");
    assertFound("INSERT INTO %s SELECT * FROM more", key, change);
  }

  /** The server would take it for an empty one, on both sides. */
  @Needs(Ability.PACKET_LIMIT)
  @Test
  void aValueThatIsTooLongForTheServerIsNotPassedOver() throws Exception {
    schema = server.newSchema();
    String before = schema.value("SELECT @@GLOBAL.max_allowed_packet");
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, doc %s NOT NULL)"
            .formatted(db == Db.MYSQL ? "JSON" : "LONGBLOB"),
        "INSERT INTO t SELECT 1, CONCAT('[\"', REPEAT('x', 3000000), '\"]')",
        "SET GLOBAL max_allowed_packet = 1048576");
    String change = db == Db.MYSQL ? "ADD x INT" : "MODIFY doc MEDIUMBLOB NOT NULL";
    try {
      assertThatThrownBy(() -> schema.ghost("t", change).build().run())
          .isInstanceOf(RowRejectedException.class)
          .hasMessageContaining("max_allowed_packet");
    } finally {
      schema.execute("SET GLOBAL max_allowed_packet = " + before);
    }
    assertThat(schema.ghost("t", change).build().run().rowsVerified()).isEqualTo(1);
  }

  private void assertFound(String wrong, String key) throws Exception {
    assertFound(wrong, key, "ADD x INT");
  }

  private void assertFound(String wrong, String key, String change) throws Exception {
    String ghost = db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
    PausingListener listener =
        new PausingListener().at(Phase.VERIFY, () -> schema.execute(wrong.formatted(ghost)));
    assertThatThrownBy(() -> schema.ghost("t", change).listener(listener).build().run())
        .isInstanceOf(VerificationException.class)
        .hasMessageContaining(key);
    assertThat(schema.value("SELECT COUNT(*) FROM t WHERE v = 1235")).isEqualTo("1");
  }

  private void load(boolean random) throws Exception {
    schema = server.newSchema();
    schema.numbers(ROWS);
    boolean postgres = db == Db.POSTGRES;
    String id = postgres ? "md5(i::text)::uuid" : "UNHEX(LEFT(SHA2(i, 256), 32))";
    schema.execute(
        "CREATE TABLE t (id %s PRIMARY KEY, v INT, s VARCHAR(40) NOT NULL, f DOUBLE PRECISION NOT NULL, filler VARCHAR(2000) NOT NULL)"
            .formatted(random ? (postgres ? "uuid" : "BINARY(16)") : "INT"),
        "INSERT INTO t SELECT %s, i, CONCAT('row ', i), 1.5, REPEAT('x', 900) FROM n"
            .formatted(random ? id : "i"),
        postgres ? "ANALYZE t" : "ANALYZE TABLE t");
    if (postgres) {
      assertThat(
              schema
                  .ghost("t", "ADD x INT")
                  .build()
                  .plan()
                  .chunkKey()
                  .orElseThrow()
                  .contains("pages"))
          .isEqualTo(random);
    }
  }
}
