package dev.ghost.internal.dialect.innodb.schema;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Checks of a table, and of another that was created like it. */
class CheckNamesTest {

  private static String table(String... checks) {
    return "CREATE TABLE `t` (\n  `a` int DEFAULT NULL,\n  %s\n) ENGINE=InnoDB"
        .formatted(String.join(",\n  ", checks));
  }

  @Test
  void theyAreFoundByTheirConditions() {
    CheckNames names =
        CheckNames.of(
            table(
                "CONSTRAINT `positive` CHECK ((`a` > 0))",
                "CONSTRAINT `sm``all` CHECK ((`a` < 9)) /*!80016 NOT ENFORCED */",
                "CONSTRAINT `twin` CHECK ((`a` <> 5))",
                "CONSTRAINT `twin2` CHECK ((`a` <> 5))"),
            table(
                "CONSTRAINT `g_chk_1` CHECK ((`a` <> 5))",
                "CONSTRAINT `g_chk_2` CHECK ((`a` < 9)) /*!80016 NOT ENFORCED */",
                "CONSTRAINT `g_chk_3` CHECK ((`a` > 0))",
                "CONSTRAINT `g_chk_4` CHECK ((`a` <> 5))"));
    assertThat(names.of("POSITIVE")).contains("g_chk_3");
    assertThat(names.of("sm`all")).contains("g_chk_2");
    assertThat(names.of("twin")).contains("g_chk_1");
    assertThat(names.of("twin2")).contains("g_chk_4");
    assertThat(names.of("a")).isEmpty();
  }

  /** As on MariaDB. */
  @Test
  void thoseThatKeepTheirNamesHaveNoOther() {
    String ddl = table("CONSTRAINT `b` CHECK (`a` > 0)", "CONSTRAINT `c` CHECK (`a` > 0)");
    assertThat(CheckNames.of(ddl, ddl).names()).isEmpty();
    assertThat(CheckNames.of(table("KEY `b` (`a`)"), ddl).names()).isEmpty();
  }
}
