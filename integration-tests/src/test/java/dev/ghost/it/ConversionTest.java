package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;

/** Values of one type become those of another as they do in the server's own ALTER. */
@OnServers(whichHave = Ability.CONVERSIONS_OF_ITS_OWN)
class ConversionTest {

  @Provided private Db db;
  @Provided private Schema schema;

  /**
   * Each of these was stored as another value than the server stores, or was right and looked wrong
   * to verification.
   */
  @Test
  void asTheServerConverts() throws Exception {
    schema.execute(
        """
        CREATE TABLE t (id INT PRIMARY KEY,
          padded INT(5) ZEROFILL, narrow DECIMAL(6,2) ZEROFILL, f FLOAT, g FLOAT, h FLOAT,
          wide DOUBLE(10,2), y YEAR, label TINYINT, e ENUM('a','😀','b'), broken ENUM('a','b'),
          digits VARCHAR(5), digit VARCHAR(5), nought INT, moment DATETIME(6), blank VARCHAR(9),
          number VARCHAR(9), big BIGINT)
        """,
        """
        INSERT INTO t VALUES
          (1, 7, 1.5, 0.1, 0.1, 16777216, 1.5, 2020, 1, '😀', 'a', '2', '2', 0,
           '2020-02-03 23:59:59.999999', '%s', '7', 1),
          (2, 0, 0, 1e20, 123456.7, -1.5, 0, 1901, 2, 'b', 'b', '1', '1', 1999,
           '2020-02-03 00:00:00', '11:12:13', ' 8', -1),
          (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL)
        """
            // MariaDB does not take it for a time.
            .formatted(db == Db.MYSQL ? "" : "10:00"),
        "SET sql_mode = ''",
        "UPDATE t SET broken = 'c' WHERE id = 1",
        "SET sql_mode = DEFAULT");
    String change =
        """
        MODIFY padded VARCHAR(9), MODIFY narrow VARBINARY(12), MODIFY f VARBINARY(30),
        MODIFY g VARCHAR(30), MODIFY h DOUBLE, MODIFY wide TEXT, MODIFY y CHAR(4),
        MODIFY label ENUM('2','1'), MODIFY e ENUM('😀','b','a'), MODIFY broken ENUM('b','a'),
        MODIFY digits ENUM('3','1','2'), MODIFY digit SET('3','1','2'), MODIFY nought YEAR,
        MODIFY moment DATE, MODIFY blank TIME, MODIFY number INT(8) ZEROFILL, MODIFY big BIT(64)
        """;
    MigrationResult result =
        schema
            .ghost("t", change)
            .listener(
                new PausingListener()
                    .at(
                        Phase.VERIFY,
                        () ->
                            schema.execute(
                                "INSERT INTO t SELECT id + 10, padded, narrow, f, g, h, wide, y,"
                                    + " label, e, broken, digits, digit, nought, moment, blank,"
                                    + " number, big FROM t WHERE id <> 1",
                                "UPDATE t SET padded = 12, f = 0.3, label = 2 WHERE id = 2")))
            .build()
            .run();
    assertThat(result.rowsVerified()).isPositive();
    assertThat(result.warnings()).noneMatch(w -> w.contains("verified"));
    schema.execute(
        "CREATE TABLE expected LIKE t_old",
        "INSERT INTO expected SELECT * FROM t_old",
        "ALTER TABLE expected " + change);
    assertThat(exact("t")).hasSize(5).isEqualTo(exact("expected"));
  }

  private List<String> exact(String table) throws Exception {
    return schema.rows(
        """
        SELECT id, HEX(padded), HEX(narrow), HEX(f), HEX(g), h, HEX(wide), HEX(y), label + 0,
               e + 0, broken + 0, digits + 0, digit + 0, nought, moment, blank, number, big + 0
          FROM %s
         ORDER BY id
        """
            .formatted(table));
  }

  /** Not the sample has it: it is written when the rows have been copied. */
  @ParameterizedTest
  @Rows(
      mySql =
          """
          DATE;         DATETIME; 0000-00-00
          DATETIME;     DATE;     2020-00-10
          """,
      mariaDb =
          """
          VARCHAR(9);   INT;      1.5
          VARBINARY(9); BIGINT;   1e3
          """)
  void whatTheServerRefusesIsRefusedInEveryRow(String from, String to, String value)
      throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v %s)".formatted(from),
        "INSERT INTO t (id) VALUES (1), (2), (3)");
    PausingListener listener =
        new PausingListener()
            .at(
                Phase.VERIFY,
                () ->
                    schema.execute(
                        "SET sql_mode = ''",
                        "UPDATE t SET v = '%s' WHERE id = 2".formatted(value)));
    RowRejectedException e =
        catchThrowableOfType(
            RowRejectedException.class,
            () -> schema.ghost("t", "MODIFY v " + to).listener(listener).build().run());
    assertThat(e).as("it went on").isNotNull();
    assertThat(e).hasMessageContaining("id = 2");
    assertThat(schema.tables()).contains("t").doesNotContain("t_old");
  }

  /** Whatever is in the table: a sample cannot promise what it has not seen. */
  @Test
  void typesBetweenWhichValuesDifferAreRefused() throws Exception {
    schema.execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(5))");
    RefusedException e =
        catchThrowableOfType(
            RefusedException.class, () -> schema.ghost("t", "MODIFY v BIT(8)").build().plan());
    assertThat(e).as("it was not refused").isNotNull();
    assertThat(e).hasMessageContaining("varchar(5) to bit(8)");
    assertThat(e.remedy()).contains("--accept-difference v");
    assertThat(schema.tables()).containsExactly("t");
    schema.ghost("t", "MODIFY v BIT(8)").acceptDifference("v").build().run();
    assertThat(schema.tables()).containsExactly("t", "t_old");
  }
}
