package dev.ghost.internal.dialect.innodb.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.request.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever a comment says, it says nothing of the table. */
class InnodbTableDefinitionTest {

  private static final String COLUMNS = "CREATE TABLE `t` (\n  `a` int NOT NULL\n";

  @Test
  void theCounterIsAnOptionAndNotWhatTheCommentSays() {
    String said = " COMMENT=' AUTO_INCREMENT=77'";
    assertThat(
            InnodbTableDefinition.withoutCounter(
                COLUMNS + ") ENGINE=InnoDB AUTO_INCREMENT=5" + said))
        .isEqualTo(COLUMNS + ") ENGINE=InnoDB" + said);
    assertThat(InnodbTableDefinition.withoutCounter(COLUMNS + ") ENGINE=InnoDB" + said))
        .isEqualTo(COLUMNS + ") ENGINE=InnoDB" + said);
    assertThat(InnodbTableDefinition.withoutCounter(COLUMNS + ") ENGINE=InnoDB AUTO_INCREMENT=123"))
        .isEqualTo(COLUMNS + ") ENGINE=InnoDB");
  }

  @Test
  void aKeyWithoutOverlapsIsTheOneThatSaysSo() {
    String ddl =
        COLUMNS
            + "  UNIQUE KEY `k` (`a`,`p` WITHOUT OVERLAPS),\n"
            + "  UNIQUE KEY `l` (`a`) COMMENT 'not like `p` WITHOUT OVERLAPS)'\n) ENGINE=InnoDB";
    assertThat(InnodbTableDefinition.overlaps("k", ddl)).isTrue();
    assertThat(InnodbTableDefinition.overlaps("l", ddl)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "BASE TABLE, InnoDB, table, true, false",
    "SYSTEM VERSIONED, InnoDB, table, true, true",
    "BASE TABLE, MyISAM, table, false, false",
    "VIEW, '', view, false, false",
    "SEQUENCE, InnoDB, sequence, true, false",
  })
  void theCatalogSaysWhatATableIs(
      String type, String engine, String word, boolean transactional, boolean versioned) {
    TableKind kind = new TableKind(new TableName("s", "t"), type, engine);
    assertThat(kind.word()).isEqualTo(word);
    assertThat(kind.transactional()).isEqualTo(transactional);
    assertThat(kind.versioned()).isEqualTo(versioned);
    assertThat(kind.plain()).isEqualTo(type.equals("BASE TABLE"));
  }

  @Test
  void aTableInADirectoryIsCreatedByItsDefinition() {
    TableName t = new TableName("s", "t");
    InnodbTableDefinition table =
        new InnodbTableDefinition(
            t,
            List.of(),
            List.of(),
            """
            CREATE TABLE `t` (
              `id` int NOT NULL,
              `p` int DEFAULT NULL,
              PRIMARY KEY (`id`),
              CONSTRAINT `to_p` FOREIGN KEY (`p`) REFERENCES `p` (`id`),
              CONSTRAINT `few` CHECK ((`p` < 9))
            ) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COMMENT='it''s' DATA DIRECTORY='/a''b/'\
            """);
    assertThat(table.inDirectory()).isTrue();
    assertThat(table.createAs(t.sibling("g"), false))
        .startsWith("CREATE TABLE `s`.`g` (")
        .contains("\n  PRIMARY KEY (`id`),\n  CHECK ((`p` < 9))\n")
        .doesNotContain("to_p", "AUTO_INCREMENT")
        .endsWith("DATA DIRECTORY='/a''b/'");
    assertThat(table.createAs(t.sibling("g"), true)).contains("CONSTRAINT `few` CHECK");
    assertThat(InnodbTableDefinition.withoutDirectories(table.ddl()))
        .endsWith("COMMENT='it''s'")
        .contains("AUTO_INCREMENT=7");
  }
}
