package dev.ghost.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.plan.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlterStatementTest {

  @Test
  void tableAndChangeAreTakenApart() {
    AlterStatement s =
        AlterStatement.parse("alter table `my shop`.`or``ders` ADD COLUMN \u00e4 INT ;", "ignored");
    assertThat(s.request().table()).isEqualTo(new TableName("my shop", "or`ders"));
    assertThat(s.request().change()).isEqualTo("ADD COLUMN \u00e4 INT");
    assertThat(AlterStatement.parse("ALTER TABLE t ADD x INT", "s").request().table())
        .isEqualTo(new TableName("s", "t"));
  }

  @Test
  void aColumnIsFollowedThroughRenames() {
    List<String> columns = List.of("a", "b", "c", "d");
    AlterStatement s =
        parse(
            "CHANGE A z INT, ADD COLUMN a INT, RENAME COLUMN b TO C, RENAME COLUMN c TO b, DROP d");
    assertThat(s.originOf("z", columns)).contains("a");
    assertThat(s.originOf("a", columns)).isEmpty();
    assertThat(s.originOf("c", columns)).contains("b");
    assertThat(s.originOf("b", columns)).contains("c");
    assertThat(s.originOf("d", columns)).isEmpty();
  }

  @Test
  void aDroppedNameThatIsUsedAgainIsANewColumn() {
    assertThat(parse("DROP COLUMN a, ADD COLUMN a TEXT").originOf("a", List.of("a", "b")))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD COLUMN",
        "ADD COLUMN x INT; DROP TABLE t",
        "",
        "NONSENSE",
        "ADD COLUMN x INT garbage (",
      })
  void whatDoesNotParseIsUsage(String change) {
    assertThatThrownBy(() -> parse(change)).isInstanceOf(UsageException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RENAME TO u",
        "ADD x INT, RENAME AS u",
        "DISCARD TABLESPACE",
        "ADD FOREIGN KEY (a) REFERENCES p (a)",
        "ADD COLUMN x INT REFERENCES p (a)",
        "DROP PARTITION p0",
        "TRUNCATE PARTITION p0",
        "EXCHANGE PARTITION p0 WITH TABLE u",
      })
  void whatASwapCannotDoIsRefused(String change) {
    assertThatThrownBy(() -> parse(change).refuseImpossible()).isInstanceOf(RefusedException.class);
  }

  private static AlterStatement parse(String change) {
    return AlterStatement.parse("ALTER TABLE t " + change, "s");
  }
}
