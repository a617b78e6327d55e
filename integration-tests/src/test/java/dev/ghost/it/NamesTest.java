package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names that need quoting, and names that leave no room for ours. */
@OnBinlogServers
class NamesTest {

  @Parameter Db db;

  static List<String> names() {
    return List.of(
        "select",
        "s",
        "g",
        "with space",
        "back`tick",
        "quo'te\"s",
        "dot.ted,comma",
        "per%cent_",
        "Upper",
        "\u00fcml\u00e4ut\u4e2d",
        "a-b(c)[d]{e}$f+g*h?i|j\\k^l",
        "a".repeat(64),
        "z".repeat(61),
        "\uff5e".repeat(46));
  }

  @ParameterizedTest
  @MethodSource("names")
  void anyNameWillDo(String name) throws Exception {
    try (Schema schema = db.server().newSchema()) {
      migrate(schema, name);
    }
  }

  @Test
  void aSchemaMayNeedQuotingToo() throws Exception {
    for (String name : List.of("my-schema.x y", "order`by", "sch\u00e9ma")) {
      try (Schema schema = db.server().newSchema(name)) {
        migrate(schema, "table");
      }
    }
  }

  private static void migrate(Schema schema, String name) throws Exception {
    String quoted = "`" + name.replace("`", "``") + "`";
    String column = name.length() > 60 ? name.substring(0, 60) : name;
    String key = "`" + column.replace("`", "``") + "`";
    schema.execute(
        "CREATE TABLE %s (%s INT PRIMARY KEY, v INT, UNIQUE KEY %s (v))"
            .formatted(quoted, key, key),
        "INSERT INTO %s VALUES (1, 1), (2, 2), (3, 3)".formatted(quoted));
    MigrationResult result =
        schema
            .ghost(
                name,
                "ADD COLUMN `%s x` INT DEFAULT 5"
                    .formatted(column.replace("`", "``"))
                    .replace(" x`", "_x`"))
            .listener(
                new PausingListener()
                    .at(
                        Phase.VERIFY,
                        () ->
                            schema.execute(
                                "UPDATE %s SET v = 20 WHERE %s = 2".formatted(quoted, key))))
            .build()
            .run();
    assertThat(result.keysApplied()).isPositive();
    assertThat(schema.rows("SELECT * FROM %s ORDER BY 1".formatted(quoted)))
        .containsExactly("1|1|5", "2|20|5", "3|3|5");
    assertThat(schema.tables()).hasSize(2);
  }
}
