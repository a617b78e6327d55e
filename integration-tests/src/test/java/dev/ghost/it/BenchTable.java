package dev.ghost.it;

import dev.ghost.MigrationBuilder;
import dev.ghost.api.MigrationResult;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The table that is measured, and a change that makes every server write each row again. */
record BenchTable(Db db, Schema schema) {

  /** Tables of about 200 bytes a row. */
  enum Shape {
    ONE_INDEX,
    FIVE_INDEXES,
    RANDOM_KEY
  }

  MigrationBuilder ghost(String change) {
    return schema.ghost("t", change).fullSpeed(false).dropRetired(true);
  }

  MigrationResult migrate(boolean verify) {
    return ghost(flip()).verify(verify).build().run();
  }

  /** What the server does when it is told to make the change itself. */
  void rewrite() throws SQLException {
    schema.execute("ALTER TABLE t " + flip() + (db == Db.POSTGRES ? "" : ", ALGORITHM=COPY"));
  }

  /** A change that makes every server write each row again. */
  String flip() {
    String type;
    try {
      type =
          schema.value(
              "SELECT data_type FROM information_schema.columns WHERE table_schema = '%s' AND table_name = 't' AND column_name = 'k'"
                  .formatted(schema.name()));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    String other = type.equals("bigint") ? "int" : "bigint";
    return db == Db.POSTGRES
        ? "ALTER COLUMN k TYPE " + other
        : "MODIFY k %s NOT NULL".formatted(other);
  }

  void load(Shape shape, int rows) throws SQLException {
    schema.numbers(rows);
    boolean postgres = db == Db.POSTGRES;
    Function<String, String> hash =
        i -> postgres ? "md5((%s)::text)".formatted(i) : "LEFT(SHA2(%s, 256), 32)".formatted(i);
    boolean random = shape == Shape.RANDOM_KEY;
    String key = random ? (postgres ? "uuid" : "BINARY(16)") : "INT";
    String id = "i";
    if (random) {
      id = postgres ? hash.apply("i") + "::uuid" : "UNHEX(%s)".formatted(hash.apply("i"));
    }
    schema.execute(
        "CREATE TABLE t (id %s PRIMARY KEY, k INT NOT NULL, a INT NOT NULL, b INT NOT NULL, c CHAR(120) NOT NULL, pad CHAR(60) NOT NULL)"
            .formatted(key),
        "INSERT INTO t SELECT %s, i %% 1000003 * 7 %% 1000003, i %% 9973 * 1009 %% 1000003, i %% 1000, CONCAT(%s, %s, %s), %s FROM n"
            .formatted(
                id, hash.apply("i"), hash.apply("i + 1"), hash.apply("i + 2"), hash.apply("i + 3")),
        "CREATE INDEX by_k ON t (k)");
    if (shape == Shape.FIVE_INDEXES) {
      schema.execute(
          "CREATE INDEX by_a ON t (a)",
          "CREATE INDEX by_b ON t (b, a)",
          "CREATE INDEX by_c ON t (c)",
          "CREATE INDEX by_pad ON t (pad, k)");
    }
    schema.execute(postgres ? "ANALYZE t" : "ANALYZE TABLE t");
  }

  /** A line of the benchmark. */
  static void print(Db db, String format, Object... values) {
    System.out.printf(
        Locale.ROOT, "BENCH | %s | %s%n", db, String.format(Locale.ROOT, format, values));
  }

  static double median(List<Double> values) {
    return at(values, 0.5);
  }

  static double at(List<Double> values, double part) {
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    return sorted.get(Math.min(sorted.size() - 1, (int) (sorted.size() * part)));
  }
}
