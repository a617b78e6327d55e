package dev.ghost.internal.dialect.innodb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.innodb.rows.Alias;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeyColumn;
import dev.ghost.internal.dialect.innodb.rows.InnodbSearchIndex;
import dev.ghost.internal.dialect.innodb.schema.ExampleColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.request.TableName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyChoiceTest {

  private static final TableName SOURCE = new TableName("s", "t");
  private static final Alias ALIAS = Alias.of(SOURCE);
  private static final String OPTIONS = "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB";

  /** {@code PRIMARY(b a)}, {@code +u(a)} for another unique one, {@code k(a)}. */
  private static InnodbIndex index(String text) {
    int open = text.indexOf('(');
    String name = text.substring(0, open).replace("+", "");
    List<String> columns = List.of(text.substring(open + 1, text.length() - 1).split(" "));
    boolean unique = name.equals("PRIMARY") || text.startsWith("+");
    return new InnodbIndex(name, "BTREE", unique, true, false, false, columns);
  }

  private static InnodbKeyColumn keyColumn(String name, String change) {
    String[] types = change.split(">");
    return InnodbKeyColumn.of(
            ExampleColumn.of(types[0], name), ExampleColumn.of(types[types.length - 1], name))
        .orElseThrow();
  }

  private static Optional<KeyChoice> choice(
      String types, String indexes, boolean partitioned, boolean mayAdd) {
    List<String> names = List.of("a", "b", "c");
    List<String> list = List.of(types.split(" "));
    List<InnodbKeyColumn> columns =
        IntStream.range(0, list.size())
            .mapToObj(i -> keyColumn(names.get(i), list.get(i)))
            .toList();
    InnodbIndex primary =
        new InnodbIndex(
            "PRIMARY", "BTREE", true, true, false, false, names.subList(0, columns.size()));
    InnodbTableDefinition ghost =
        new InnodbTableDefinition(
            new TableName("s", "t_gho"),
            columns.stream().map(InnodbKeyColumn::ghost).toList(),
            indexes.equals("-")
                ? List.of()
                : Arrays.stream(indexes.split(", ")).map(KeyChoiceTest::index).toList(),
            OPTIONS + (partitioned ? "\n/*!50100 PARTITION BY HASH (`c`)\nPARTITIONS 4 */" : ""));
    return KeyChoice.choice(primary, columns, ALIAS, ghost, mayAdd);
  }

  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          int;         PRIMARY(a);               ranges
          int;         PRIMARY(a b);             ranges
          int int;     PRIMARY(b), k(a b);       ranges
          int int;     PRIMARY(b a);             one by one
          int int;     PRIMARY(a);               one by one
          int int;     PRIMARY(c), +u(b);        one by one
          ci ci;       PRIMARY(b a);             one by one
          ci>bin ci;   PRIMARY(b a);             one by one
          ci>bin;      PRIMARY(a);               one by one
          int>ci;      PRIMARY(a);               one by one
          xy>yzx;      PRIMARY(a);               one by one
          xy>yzx int;  PRIMARY(b a);             one by one
          int;         PRIMARY(b a);             unique index on a
          int;         PRIMARY(b), k(b a);       unique index on a
          int int;     PRIMARY(c a b);           unique index on a, b
          ci;          PRIMARY(b a);             unique index on a
          ci;          PRIMARY(a b);             unique index on a
          uuid;        PRIMARY(a b);             unique index on a
          int>ci;      PRIMARY(b a);             unique index on a
          int>ci;      PRIMARY(b), k(a);         unique index on a
          xy>yzx int;  PRIMARY(c);               unique index on a, b
          int;         k(b);                     index on a
          int;         -;                        index on a
          ci;          -;                        refused
          int>ci;      k(a);                     refused
          ci>bin;      PRIMARY(b a);             refused
          """)
  void howRowsAreFound(String types, String indexes, String how) {
    Optional<KeyChoice> found = choice(types, indexes, false, true);
    assertThat(found.map(KeyChoiceTest::describe).orElse("refused")).isEqualTo(how);
    boolean without = found.filter(k -> k.search().isEmpty()).isPresent();
    assertThat(choice(types, indexes, false, false).isPresent())
        .as("where no index can be added")
        .isEqualTo(without);
  }

  /** No unique key without the columns of the partitions. */
  @ParameterizedTest(name = "{0}, {1}: {2}")
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          int;         PRIMARY(c a);  index on a
          int int;     PRIMARY(c a);  index on a, b
          int;         PRIMARY(a c);  ranges
          ci;          PRIMARY(c a);  refused
          int>ci;      PRIMARY(c a);  refused
          """)
  void inPartitions(String types, String indexes, String how) {
    assertThat(choice(types, indexes, true, true).map(KeyChoiceTest::describe).orElse("refused"))
        .isEqualTo(how);
  }

  private static String describe(KeyChoice choice) {
    return choice
        .search()
        .map(s -> (s.unique() ? "unique index on " : "index on ") + String.join(", ", s.columns()))
        .orElse(choice.key().sameOrder() ? "ranges" : "one by one");
  }

  @Test
  void theDefinitionWithoutOurIndex() {
    String columns = "CREATE TABLE `t_gho` (\n  `a` int NOT NULL,\n  PRIMARY KEY (`b`,`a`)";
    String rest = ",\n  KEY `k` (`b`)\n) ENGINE=InnoDB";
    for (String ours : List.of("KEY", "UNIQUE KEY")) {
      String line = ",\n  %s `chunk key of ghost` (`a`,`b`)".formatted(ours);
      assertThat(InnodbSearchIndex.without(columns + line + rest)).isEqualTo(columns + rest);
      assertThat(InnodbSearchIndex.without(columns + rest.replace("\n)", line + "\n)")))
          .isEqualTo(columns + rest);
    }
    assertThat(InnodbSearchIndex.without(columns + rest)).isEqualTo(columns + rest);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        ") ENGINE=InnoDB DEFAULT CHARSET=latin1;false",
        ") ENGINE=InnoDB COMMENT='\\n PARTITION BY HASH (a)';false",
        ") ENGINE=InnoDB COMMENT='x PARTITION BY HASH (a)';false",
        ") ENGINE=InnoDB|/*!50100 PARTITION BY HASH (`a`)|PARTITIONS 2 */;true",
        ") ENGINE=InnoDB|/*!50500 PARTITION BY RANGE  COLUMNS(a);true",
        ") ENGINE=InnoDB COMMENT='c'| PARTITION BY HASH (`a`)|PARTITIONS 2;true",
      })
  void partitions(String options, boolean partitioned) {
    String ddl = "CREATE TABLE `t` (\n  `a` int\n" + options.replace('|', '\n');
    assertThat(new InnodbTableDefinition(SOURCE, List.of(), List.of(), ddl).partitioned())
        .isEqualTo(partitioned);
  }
}
