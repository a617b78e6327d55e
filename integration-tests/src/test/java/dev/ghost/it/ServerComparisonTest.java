package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.MigrationPlan;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Before anything is copied, the server's own ALTER of a sample is compared with what ghost makes
 * of it; where they differ, or the server refuses a row, the run is refused.
 */
@OnServers
class ServerComparisonTest {

  @Provided private Db db;
  @Provided private Schema schema;

  private ServerComparison planned(String change) {
    MigrationPlan plan = schema.ghost("t", change).build().plan();
    return plan.comparison().orElseThrow();
  }

  private RefusedException refused(String change) throws Exception {
    RefusedException e =
        catchThrowableOfType(RefusedException.class, () -> schema.ghost("t", change).build().run());
    assertThat(e).as(change).isNotNull();
    assertNothingIsLeft();
    return e;
  }

  private void assertNothingIsLeft() throws Exception {
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
  }

  /** The change of a column's type. */
  private String retyped(String column, String type) {
    return db == Db.POSTGRES
        ? "ALTER %s TYPE %s".formatted(column, type)
        : "MODIFY %s %s".formatted(column, type);
  }

  @Test
  void thePlanSaysWhatWasCompared() throws Exception {
    schema.numbers(20_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT, s VARCHAR(40))",
        "INSERT INTO t SELECT i, i % 97, CONCAT('row ', i) FROM n");
    ServerComparison found = planned(retyped("v", "BIGINT") + ", ADD COLUMN note INT DEFAULT 7");
    assertThat(found.rows()).isBetween(100, 2_000);
    assertThat(found.columns()).containsExactly("id", "v", "s", "note");
    assertThat(found.toString())
        .startsWith("Compared with the server's own ALTER on ")
        .endsWith(" of your rows: same definition, same values.");
    assertNothingIsLeft();
  }

  @Test
  void anEmptyTableIsComparedByItsDefinition() throws Exception {
    schema.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT)");
    assertThat(planned(retyped("v", "BIGINT")).rows()).isZero();
  }

  /** A row of the average length is much shorter than the longest, which are looked for. */
  @Needs(Ability.UNCOMPRESSED_VALUES)
  @Test
  void longValuesAreComparedInFewerRows() throws Exception {
    schema.numbers(10_000);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT, s LONGTEXT)",
        "INSERT INTO t SELECT i, i, IF(i % 250 = 0, REPEAT('x', 1000000), '') FROM n");
    ServerComparison found = planned(retyped("v", "BIGINT"));
    assertThat(found.rows()).isBetween(10, 2_000);
    schema.execute("DELETE FROM t WHERE s = ''");
    found = planned(retyped("v", "BIGINT"));
    assertThat(found.rows()).isBetween(10, 17);
  }

  /** No temporary table can have them. */
  @Needs(Ability.NEVER_TEMPORARY_TABLES)
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "PRIMARY KEY (id), FULLTEXT KEY words (s);''",
        "PRIMARY KEY (id);PARTITION BY HASH (id) PARTITIONS 3"
      })
  void tablesThatCannotBeTemporary(String keys, String partitions) throws Exception {
    schema.numbers(3_000);
    schema.execute(
        "CREATE TABLE t (id INT NOT NULL, v INT, s VARCHAR(40), %s) %s".formatted(keys, partitions),
        "INSERT INTO t SELECT i, i % 97, CONCAT('row ', i) FROM n");
    assertThat(planned("MODIFY v BIGINT").rows()).isGreaterThanOrEqualTo(100);
    assertThat(schema.tables()).containsExactly("t");
  }

  /** The server's word is the same, before the copy as in its own ALTER. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "v VARCHAR(20); 'no number'; MODIFY v INT; ALTER v TYPE int USING v::int",
        "v INT; 70000; MODIFY v SMALLINT; ALTER v TYPE smallint",
        "v INT; NULL; MODIFY v INT NOT NULL; ALTER v SET NOT NULL",
        "v VARCHAR(20); 'too long'; MODIFY v VARCHAR(3); ALTER v TYPE varchar(3)",
        "v INT; 7; ADD CONSTRAINT small CHECK (v < 5); ADD CONSTRAINT small CHECK (v < 5)"
      })
  void aRowThatTheServerRefuses(String column, String value, String change, String postgres)
      throws Exception {
    rows(column);
    schema.execute("UPDATE t SET v = %s WHERE id = 42".formatted(value));
    RefusedException e = refused(db == Db.POSTGRES ? postgres : change);
    assertThat(e.what())
        .contains("The server's own ALTER does not accept")
        .contains("the row of %s.t with id = 42:".formatted(schema.name()));
  }

  private void rows(String column) throws Exception {
    schema.numbers(100);
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, %s)".formatted(column),
        "INSERT INTO t (id, v) SELECT i, 1 FROM n");
  }

  @Test
  void theRowIsNamed() throws Exception {
    rows("v INT");
    schema.execute("UPDATE t SET v = 70000 WHERE id = 42");
    assertThat(refused(retyped("v", "SMALLINT")).what())
        .contains("the row of %s.t with id = 42".formatted(schema.name()));
  }

  /** What is strict is the user's setting. */
  @Test
  void aDateThatNobodyGave() throws Exception {
    rows("v INT");
    if (db != Db.MARIADB) {
      refused("ADD COLUMN d DATE NOT NULL");
    } else {
      assertThat(planned("ADD COLUMN d DATE NOT NULL").rows()).isEqualTo(100);
    }
  }

  /** Another time for each run, and another one than the server's. */
  @Needs(Ability.NULL_BECOMES_NOW)
  @Test
  void nothingThatWouldBecomeTheTimeOfTheChange() throws Exception {
    rows("v INT, d TIMESTAMP NULL");
    assertThat(refused("MODIFY d TIMESTAMP NOT NULL").what()).contains("with id = 1");
  }

  /** The server does not read the rows for such a change, whatever is in them. */
  @Needs(Ability.ZERO_DATES)
  @Test
  void aZeroDateThatStaysWhereItIs() throws Exception {
    rows("v INT, d DATE");
    schema.execute("SET sql_mode = ''", "UPDATE t SET d = '0000-00-00' WHERE id = 42");
    assertThat(planned("DROP COLUMN v").rows()).isEqualTo(100);
    schema.ghost("t", "DROP COLUMN v").build().run();
    assertThat(schema.value("SELECT CAST(d AS CHAR) FROM t WHERE id = 42")).isEqualTo("0000-00-00");
  }

  /** Nobody has to have a row for it: the server looks at the definition. */
  @Test
  void aDefaultThatIsNoDate() throws Exception {
    rows("v INT");
    String change = "ADD COLUMN d DATE DEFAULT '0000-00-00'";
    if (db != Db.MARIADB) {
      refused(change);
    } else {
      assertThat(planned(change).rows()).isEqualTo(100);
      schema.ghost("t", change).build().run();
      assertThat(schema.count("t WHERE CAST(d AS CHAR) = '0000-00-00'")).isEqualTo(100);
    }
  }

  /** The servers make a number of the text, and an INSERT takes its bytes. */
  @Needs(Ability.CONVERSIONS_OF_ITS_OWN)
  @Test
  void aDifferenceIsRefusedUnlessItIsAccepted() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(1))", "INSERT INTO t VALUES (1, 1), (2, 2)");
    String change = "MODIFY v BIT(8)";
    RefusedException e = refused(change);
    assertThat(e.what()).contains("column v");
    assertThat(e.remedy()).contains("--accept-difference v");
    MigrationPlan plan = schema.ghost("t", change).acceptDifference("V").build().plan();
    assertThat(plan.comparison().orElseThrow().differences()).isNotEmpty();
  }

  /** The server executes such a comment; what it renames is found by what is missing. */
  @Needs(Ability.EXECUTABLE_COMMENTS)
  @Test
  void anActionThatThePlannerDoesNotSee() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, v INT)", "INSERT INTO t VALUES (1, 1, 1)");
    refused("MODIFY v BIGINT /*!50000 , CHANGE a b INT */");
    schema.execute("DELETE FROM t");
    refused("MODIFY v BIGINT /*!50000 , CHANGE a b INT */");
  }
}
