package dev.ghost.internal.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.RowRejectedException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No value of a row is in what was masked; each of the values here has "geheim" or 4711 in it. */
class MaskedTest {

  /** Messages of MySQL 9.7, MariaDB 11.8 and PostgreSQL 18, as their drivers pass them on. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Duplicate entry 'geheim@x' for key 't.by_mail'",
        "Duplicate entry 'it's geheim' for key 't.by_mail'",
        "Duplicate entry 'he said: ' geheim' for key 'by_mail'",
        "Duplicate entry '4711-geheim\nin two lines' for key 't.by_mail'",
        "Duplicate entry 'geheim that was cut",
        "Incorrect integer value: 'geheim' for column 'n' at row 1",
        "Incorrect integer value: 'geheim' for column `shop`.`t`.`n` at row 1",
        "Data truncation: Incorrect datetime value: 'geheim' for column 'd' at row 1",
        "Incorrect string value: '\\xF0\\x9F\\x98geheim' for column 'name' at row 1",
        "Truncated incorrect DOUBLE value: 'geheim'",
        "Invalid JSON text: \"geheim\" at position 1 in value for column 't.j'.",
        "Cannot convert string 'geheim\\xF0' from utf8mb4 to latin1",
        "ERROR: invalid input syntax for type integer: \"geheim\"\n  Position: 23",
        "ERROR: value \"4711000000000\" is out of range for type integer",
        "ERROR: date/time field value out of range: \"4711-13-13\"\n"
            + "  Hint: Perhaps you need a different \"datestyle\" setting.",
        "ERROR: duplicate key value violates unique constraint \"by_mail\"\n"
            + "  Detail: Key (mail)=(geheim@x) already exists.",
        "ERROR: could not create unique index \"by_mail\"\n"
            + "  Detail: Key (lower(mail), n)=(it's (geheim), 4711) is duplicated.",
        "FEHLER: doppelter Schlüsselwert verletzt Unique-Constraint »by_mail«\n"
            + "  Detail: Schlüssel »(mail)=(geheim)« existiert bereits.",
        "ERROR: new row for relation \"t\" violates check constraint \"positive\"\n"
            + "  Detail: Failing row contains (4711, geheim, null).",
        "ERROR: null value in column \"n\" of relation \"t\" violates not-null constraint\n"
            + "  Detail: Failing row contains (4711, it's geheim, (a)\nb, null).",
        "FEHLER: neue Zeile für Relation »t« verletzt Check-Constraint »positive«\n"
            + "  Detail: Fehlgeschlagene Zeile enthält (4711, geheim).",
        "ERROR: conflicting key value violates exclusion constraint \"e\"\n"
            + "  Detail: Key (r)=([4711,4712)) conflicts with existing key (r)=([4711,4713)).",
        "ERROR: invalid byte sequence for encoding \"UTF8\": 0x4711\n  Where: COPY t, line 1"
      })
  void whatAServerSays(String message) {
    String masked = Masked.of(new SQLException(message, "23000", 1062));
    assertThat(masked)
        .startsWith("SQLSTATE 23000, error 1062: ")
        .contains("…")
        .doesNotContain("geheim")
        .doesNotContain("47");
  }

  @Test
  void whatIsNoValueStays() {
    assertThat(Masked.message("Deadlock found when trying to get lock; try restarting transaction"))
        .isEqualTo("Deadlock found when trying to get lock; try restarting transaction");
    assertThat(Masked.message("Duplicate entry 'a' for key 'b'")).isEqualTo("Duplicate entry '…'");
    assertThat(Masked.message("CONSTRAINT `positive` failed for `shop`.`t`"))
        .isEqualTo("CONSTRAINT `positive` failed for `shop`.`t`");
    assertThat(
            Masked.message(
                "ERROR: duplicate key value violates unique constraint x\n"
                    + "  Detail: Key (mail)=(geheim) already exists."))
        .isEqualTo(
            "ERROR: duplicate key value violates unique constraint x\n"
                + "  Detail: Key (mail)=(…) already exists.");
    assertThat(Masked.message("ERROR: deadlock detected\n  Detail: Process 7 waits for ShareLock"))
        .endsWith("Process 7 waits for ShareLock");
    assertThat(Masked.told("the server's own ALTER, and the engine's")).contains("own ALTER");
  }

  @Test
  void statementsOfTheApplicationHaveNoLiterals() {
    String told =
        Masked.told(
            "the lock was not granted within 1000 ms. In the way:\n"
                + "  session 12 (app@10.0.0.5) holds a lock on shop.t, in a transaction for 3 s,"
                + " now in Sleep; last statement: UPDATE t SET name = 'geheim' WHERE id = 4711\n"
                + "  session 13 (app@10.0.0.5) holds a lock on shop.t, now in Query; last"
                + " statement: SELECT *\n"
                + " FROM t2 WHERE id IN (4711, 4712) AND name = 'a geheim that was cu");
    assertThat(told)
        .contains("session 12 (app@10.0.0.5)", "for 3 s", "UPDATE t SET name = … WHERE id = …")
        .contains("session 13 (app@10.0.0.5)", "FROM t2 WHERE id IN (")
        .doesNotContain("geheim")
        .doesNotContain("471");
  }

  @Test
  void aFailureNamesNoRow() {
    SQLException cause = new SQLException("Duplicate entry 'geheim' for key 'k'", "23000", 1062);
    RowRejectedException e =
        new RowRejectedException(
            "Rows of shop.t have a value that a unique key of the new schema forbids ("
                + cause.getMessage()
                + "):\n  k: 17; 4711",
            "Make these rows differ: geheim.",
            cause);
    e.addSuppressed(new IllegalStateException("'geheim'"));
    StringWriter trace = new StringWriter();
    Masked.failure(e).printStackTrace(new PrintWriter(trace, true));
    assertThat(trace.toString())
        .startsWith(
            "dev.ghost.api.RowRejectedException: Rows of shop.t have a value that a unique key")
        .contains("Caused by: java.sql.SQLException: SQLSTATE 23000, error 1062: Duplicate entry")
        .contains("Suppressed: java.lang.IllegalStateException: '…'")
        .contains("at dev.ghost.internal.log.MaskedTest.aFailureNamesNoRow")
        .doesNotContain("geheim")
        .doesNotContain("4711");
    assertThat(
            Masked.firstLine(
                "The server's own ALTER does not accept the row of shop.t with id = 4711: bad"))
        .isEqualTo("The server's own ALTER does not accept the row of shop.t with …");
  }

  @Test
  void aRowOfATableWithAnyNameIsNotNamed() {
    for (String told :
        List.of(
            "n of the row with id = 4711 is 1 by the server's own ALTER, and 2 by ghost",
            "does not accept the row of shop.my own table with id = 4711: bad",
            "key k: 'geheim' in the rows with id = 4711; 4712")) {
      assertThat(Masked.told(told)).endsWith("…").doesNotContain("47").doesNotContain("geheim");
    }
  }

  @Test
  void sqlHasNoLiterals() {
    assertThat(Masked.sql("ALTER TABLE `it's`\n  ADD x INT DEFAULT 'ge\\'heim', ADD y INT", false))
        .isEqualTo("ALTER TABLE `it's` ADD x INT DEFAULT '…', ADD y INT");
    assertThat(Masked.sql("ALTER TABLE t ADD x TEXT DEFAULT \"geheim\"", false))
        .isEqualTo("ALTER TABLE t ADD x TEXT DEFAULT '…'");
    assertThat(Masked.sql("SELECT \"a'b\" FROM \"s\".\"t\" WHERE x = 'C:\\' AND y = ?", true))
        .isEqualTo("SELECT \"a'b\" FROM \"s\".\"t\" WHERE x = '…' AND y = ?");
    assertThat(Masked.sql("SELECT a FROM t WHERE id >= 4711 AND id<-4712 LIMIT 10", true))
        .isEqualTo("SELECT a FROM t WHERE id >= … AND id<-… LIMIT 10");
    assertThat(Masked.sql("SET SESSION lock_wait_timeout = 20", false)).endsWith(" = 20");
    assertThat(Masked.sql("SELECT 'geheim that has no end", true)).isEqualTo("SELECT '…'");
  }
}
