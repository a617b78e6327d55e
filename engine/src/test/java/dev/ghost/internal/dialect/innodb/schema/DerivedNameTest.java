package dev.ghost.internal.dialect.innodb.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import dev.ghost.internal.request.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names that the server makes of a table's. */
class DerivedNameTest {

  private static final TableName T = new TableName("s", "t");

  private static InnodbTableDefinition table(String... checks) {
    return new InnodbTableDefinition(
        T,
        List.of(),
        List.of(),
        "CREATE TABLE `t` (\n  `a` int,\n  %s\n)".formatted(String.join(",\n  ", checks)));
  }

  @Test
  void aDefinitionIsReadWithoutThem() {
    String ddl =
        table(
                "CONSTRAINT `t_chk_1` CHECK (`a` > 0)",
                "CONSTRAINT `long~0a_gho_ck2_12` CHECK (`a` > 1)",
                "CONSTRAINT `mine` CHECK (`a` > 2)")
            .ddl();
    assertThat(DerivedName.plain(ddl, T))
        .contains(
            "CONSTRAINT `_chk_1` CHECK (`a` > 0)",
            "CONSTRAINT `_chk_12` CHECK (`a` > 1)",
            "CONSTRAINT `mine` CHECK (`a` > 2)");
  }

  @Test
  void aNameOfTheRetiredTableCanBeTooLongForThem() {
    TableName retired = new TableName("s", "x".repeat(57));
    ForeignKey key = new ForeignKey(T, "t_ibfk_10", List.of("a"), T, List.of("a"), "");
    DerivedName.refuseTooLong(table("KEY `a` (`a`)"), List.of(key.named("t_ibfk_1")), retired);
    DerivedName.refuseTooLong(table("KEY `a` (`a`)"), List.of(key.named("to_t_10")), retired);
    assertThatThrownBy(
            () -> DerivedName.refuseTooLong(table("KEY `a` (`a`)"), List.of(key), retired))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("t_ibfk_10");
    assertThatThrownBy(
            () ->
                DerivedName.refuseTooLong(
                    table("CONSTRAINT `T_chk_123` CHECK (`a` > 0)"), List.of(), retired))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("t_chk_123");
  }
}
