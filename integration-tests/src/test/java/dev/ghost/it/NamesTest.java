package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Migration;
import dev.ghost.api.CancelledException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.support.ParameterDeclarations;

/** Names that need quoting, and names that leave no room for ours. */
@OnServers
class NamesTest {

  @Provided private Db db;

  @Provided private Server server;

  private static List<String> names(Db db) {
    if (db == Db.POSTGRES) {
      return List.of(
          "select", "with space", "quo\"te", "Upper", "\u00fcml\u00e4ut", "a".repeat(63));
    }
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

  /** Some repeat a letter for as long as a name can be: they are no {@link Rows}. */
  private static final class Names implements ArgumentsProvider {
    @Override
    public Stream<Arguments> provideArguments(
        ParameterDeclarations parameters, ExtensionContext context) {
      return names(ServerExtension.db(context)).stream().map(Arguments::of);
    }
  }

  @ParameterizedTest
  @ArgumentsSource(Names.class)
  void anyNameWillDo(String name) throws Exception {
    try (Schema schema = server.newSchema()) {
      if (db == Db.POSTGRES) {
        migrateWithSequence(schema, name);
      } else {
        migrate(schema, name);
      }
    }
  }

  private static void migrateWithSequence(Schema schema, String name) throws Exception {
    String quoted = schema.server().quote(name);
    schema.execute(
        "CREATE TABLE %1$s (%1$s serial PRIMARY KEY, v int UNIQUE)".formatted(quoted),
        "INSERT INTO %s (v) VALUES (1), (2), (3)".formatted(quoted));
    schema
        .ghost(name, "ADD COLUMN \"x \"\"y\" int DEFAULT 5")
        .listener(
            new PausingListener()
                .at(
                    Phase.VERIFY,
                    () ->
                        schema.execute("UPDATE %1$s SET v = 20 WHERE %1$s = 2".formatted(quoted))))
        .build()
        .run();
    schema.execute("INSERT INTO %s (v) VALUES (4)".formatted(quoted));
    assertThat(schema.rows("SELECT * FROM %s ORDER BY 1".formatted(quoted)))
        .containsExactly("1|1|5", "2|20|5", "3|3|5", "4|4|5");
  }

  @Needs(Ability.MYSQL_SYNTAX)
  @Test
  void aSchemaMayNeedQuotingToo() throws Exception {
    for (String name : List.of("my-schema.x y", "order`by", "sch\u00e9ma")) {
      try (Schema schema = server.newSchema(name)) {
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

  /**
   * The server names a foreign key without a name after its table, also when that is renamed: with
   * a long name of the retired table, it would be too long.
   */
  @Needs(Ability.KEYS_REFER_TO_NAMES)
  @ParameterizedTest
  @ValueSource(ints = {50, 53, 54, 56})
  void foreignKeysWithoutNamesOfALongTable(int length) throws Exception {
    String name = "t".repeat(length);
    try (Schema schema = server.newSchema()) {
      schema.execute(
          "CREATE TABLE p (id INT PRIMARY KEY)",
          "INSERT INTO p VALUES (1), (2)",
          "CREATE TABLE %1$s (id INT PRIMARY KEY, p_id INT, up INT, FOREIGN KEY (p_id) REFERENCES p (id), FOREIGN KEY (up) REFERENCES %1$s (id) ON DELETE SET NULL)"
              .formatted(name),
          "INSERT INTO %s VALUES (1, 1, 1), (2, 2, 1)".formatted(name));
      List<String> keys = schema.rows(AttachmentsTest.KEYS);
      assertThat(keys).hasSize(2);
      schema.ghost(name, "ADD COLUMN note INT").build().run();
      assertThat(schema.hasColumn(name, "note")).isTrue();
      assertThat(schema.rows(AttachmentsTest.KEYS)).isEqualTo(keys);
      schema.revert(name).build().run();
      assertThat(schema.hasColumn(name, "note")).isFalse();
      assertThat(schema.rows(AttachmentsTest.KEYS)).isEqualTo(keys);
      assertThat(schema.tables()).hasSize(3);
    }
  }

  /** Of MySQL's own names of checks, the same is true. */
  @Needs(Ability.MYSQL_SYNTAX)
  @ParameterizedTest
  @ValueSource(ints = {57, 58, 59, 64})
  void checksOfALongTable(int length) throws Exception {
    String name = "t".repeat(length);
    try (Schema schema = server.newSchema()) {
      schema.execute(
          "CREATE TABLE %s (id INT PRIMARY KEY, v INT, CONSTRAINT few CHECK (v < 10), CONSTRAINT more CHECK (v > 0))"
              .formatted(name),
          "INSERT INTO %s VALUES (1, 1), (2, 2)".formatted(name));
      schema.ghost(name, "ADD COLUMN note INT").build().run();
      assertThatThrownBy(() -> schema.execute("INSERT INTO %s VALUES (3, 10, 1)".formatted(name)))
          .isInstanceOf(SQLException.class);
      for (String old : schema.tables()) {
        if (!old.equals(name)) {
          schema.execute("DROP TABLE " + server.quote(old));
        }
      }
      schema.ghost(name, "ADD COLUMN more INT, ADD CONSTRAINT last CHECK (v <> 5)").build().run();
      for (int value : new int[] {0, 5, 10}) {
        assertThatThrownBy(
                () -> schema.execute("INSERT INTO %s VALUES (4, %d, 1, 1)".formatted(name, value)))
            .isInstanceOf(SQLException.class);
      }
      schema.execute("INSERT INTO %s VALUES (4, 7, 1, 1)".formatted(name));
    }
  }

  @Needs(Ability.KEYS_REFER_TO_NAMES)
  @Test
  void aNameOfTheRetiredTableThatIsTooLongForItsKeys() throws Exception {
    try (Schema schema = server.newSchema()) {
      schema.execute(
          "CREATE TABLE t (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES t (id))");
      String name = "t" + "x".repeat(60);
      assertThatThrownBy(
              () -> schema.ghost("t", "ADD COLUMN note INT").retiredTable(name).build().run())
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("t_ibfk_1");
      schema.ghost("t", "ADD COLUMN note INT").retiredTable(name.substring(0, 57)).build().run();
      assertThat(schema.tables()).containsExactly("t", name.substring(0, 57));
    }
  }

  /** Numbered as the server itself does it. */
  @Needs(Ability.KEYS_REFER_TO_NAMES)
  @Test
  void aForeignKeyThatIsAddedWithoutAName() throws Exception {
    try (Schema schema = server.newSchema()) {
      String name = "t".repeat(56);
      for (String table : List.of(name, "native")) {
        schema.execute(
            "CREATE TABLE %1$s (id INT PRIMARY KEY, a INT, b INT, KEY (a), KEY (b), FOREIGN KEY (a) REFERENCES %1$s (id), FOREIGN KEY (b) REFERENCES %1$s (id))"
                .formatted(table),
            "ALTER TABLE %1$s DROP FOREIGN KEY %1$s_ibfk_1".formatted(table));
      }
      String change = "ADD FOREIGN KEY (a) REFERENCES %s (id)";
      schema.execute("ALTER TABLE native " + change.formatted("native"));
      schema.ghost(name, change.formatted(name)).strategy(Strategy.AUTO).build().run();
      List<String> keys =
          schema.rows(AttachmentsTest.KEYS).stream().map(k -> k.replace(name, "native")).toList();
      assertThat(keys).hasSize(4);
      assertThat(Set.copyOf(keys)).hasSize(2);
    }
  }

  /** Joined by an underscore, both pairs of schema and table would be the same name. */
  @Needs(Ability.WORKING_SCHEMAS)
  @Test
  void twoTablesWhoseNamesJoinAlikeAreNotTakenForEachOther() throws Exception {
    try (Schema one = server.newSchema("joined");
        Schema other = server.newSchema("joined_up")) {
      String fill = "INSERT INTO %s SELECT generate_series(1, 1000)";
      one.execute("CREATE TABLE up_t (id int PRIMARY KEY)", fill.formatted("up_t"));
      other.execute("CREATE TABLE t (id int PRIMARY KEY)", fill.formatted("t"));
      Migration[] self = new Migration[1];
      self[0] =
          one.ghost("up_t", "ADD x int")
              .listener(new PausingListener().at(Phase.VERIFY, () -> self[0].stop()))
              .build();
      assertThatThrownBy(self[0]::run).isInstanceOf(CancelledException.class);
      other.ghost("t", "ADD y int").build().run();
      assertThat(other.hasColumn("t", "y")).isTrue();
      one.ghost("up_t", "ADD x int").build().run();
      assertThat(one.hasColumn("up_t", "x")).isTrue();
      assertThat(one.leftovers()).isEmpty();
    }
  }
}
