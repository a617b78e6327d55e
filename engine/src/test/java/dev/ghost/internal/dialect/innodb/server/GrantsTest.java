package dev.ghost.internal.dialect.innodb.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.request.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is missing of what a run needs, by the lines of SHOW GRANTS. */
class GrantsTest {

  private static final String ON_SCHEMA =
      "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, CREATE TEMPORARY TABLES, LOCK"
          + " TABLES";

  @Test
  void nothing() {
    assertThat(
            grants("GRANT REPLICATION SLAVE ON *.* TO `app`@`%`", on("`shop`.*")).missing("shop"))
        .isEmpty();
    assertThat(grants("GRANT ALL PRIVILEGES ON *.* TO `app`@`%` WITH GRANT OPTION").missing("shop"))
        .isEmpty();
  }

  @Test
  void allThatIsNotThereAndNoMore() {
    assertThat(grants("GRANT USAGE ON *.* TO `app`@`%`", on("`shop`.*")).missing("shop"))
        .containsExactly("GRANT REPLICATION SLAVE ON *.* TO 'app'@'%';");
    assertThat(
            grants(
                    "GRANT REPLICATION SLAVE ON *.* TO `app`@`%`",
                    "GRANT SELECT, CREATE ON `shop`.* TO `app`@`%`")
                .missing("shop"))
        .singleElement()
        .asString()
        .startsWith("GRANT INSERT, UPDATE, DELETE, DROP, ALTER")
        .endsWith("ON `shop`.* TO 'app'@'%';");
  }

  /** With partial_revokes, what is granted on all schemas may be taken away for one. */
  @Test
  void whatWasTakenAwayForOneSchema() {
    Grants grants =
        grants(
            "GRANT REPLICATION SLAVE ON *.* TO `app`@`%`",
            on("*.*"), "REVOKE INSERT, LOCK TABLES ON `shop`.* FROM `app`@`%`");
    assertThat(grants.missing("shop"))
        .containsExactly("GRANT INSERT, LOCK TABLES ON `shop`.* TO 'app'@'%';");
    assertThat(grants.missing("other")).isEmpty();
    assertThat(grants.missing(new TableName("shop", "orders"), List.of("SELECT", "INSERT")))
        .containsExactly(
            "GRANT INSERT ON `shop`.`orders` TO 'app'@'%';",
            "GRANT LOCK TABLES ON `shop`.* TO 'app'@'%';");
  }

  /** On a single column it is no privilege on the table. */
  @Test
  void columns() {
    assertThat(
            grants("GRANT SELECT (`id`) ON `shop`.`orders` TO `app`@`%`", on("`other`.*"))
                .missing(new TableName("shop", "orders"), List.of("SELECT")))
        .contains("GRANT SELECT ON `shop`.`orders` TO 'app'@'%';");
  }

  private static String on(String level) {
    return "GRANT %s ON %s TO `app`@`%%`".formatted(ON_SCHEMA, level);
  }

  private static Grants grants(String... lines) {
    return new Grants("app@%", List.of(lines), List.of("REPLICATION SLAVE"), List.of());
  }
}
