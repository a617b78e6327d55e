package dev.ghost.internal.dialect.innodb.rows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.ExampleColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a key is written whose values the change converts. */
class InnodbKeySqlTest {

  private static InnodbKeySql key(String before, String after) {
    InnodbKeyColumn column =
        InnodbKeyColumn.of(ExampleColumn.of(before, "a"), ExampleColumn.of(after, "a"))
            .orElseThrow();
    return new InnodbKeySql(
        new InnodbIndex("PRIMARY", "BTREE", true, true, false, false, List.of("a")),
        List.of(column),
        Alias.of(new TableName("s", "t")),
        true,
        true);
  }

  @Test
  void aNumberThatBecomesText() {
    InnodbKeySql key = key("int", "ci");
    String parameter = "CONVERT(? USING utf8mb4) COLLATE utf8mb4_general_ci";
    List<RowKey> rows = List.of(new RowKey(List.of(7L)));
    assertThat(key.in(Side.DELETED, rows).sql()).isEqualTo("(`a`) IN (" + parameter + ")");
    assertThat(key.in(Side.SOURCE, rows).sql()).isEqualTo("(`source t`.`a`) IN (?)");
    assertThat(key.select(Side.DELETED)).isEqualTo("CAST(`a` AS SIGNED)");
    assertThat(key.join())
        .isEqualTo(
            "`ghost t`.`a` = CONVERT(`source t`.`a` USING utf8mb4) COLLATE utf8mb4_general_ci");
    assertThat(key.joinFromGhost()).endsWith(" AND `source t`.`a` = CAST(`ghost t`.`a` AS SIGNED)");
    InnodbKeyColumn big =
        InnodbKeyColumn.of(
                ExampleColumn.column("a", "bigint", "bigint unsigned"),
                ExampleColumn.of("bin", "a"))
            .orElseThrow();
    assertThat(big.selectGhost("")).isEqualTo("CAST(`a` AS UNSIGNED)");
    assertThat(
            InnodbKeyColumn.of(
                ExampleColumn.column("a", "int", "int(5) unsigned zerofill"),
                ExampleColumn.of("ci", "a")))
        .as("zeros in front")
        .isEmpty();
  }

  /** x is 1 and becomes 3; y is 2 and becomes 1; z has no number in the source. */
  @Test
  void membersInAnotherOrder() {
    InnodbKeySql key = key("xy", "yzx");
    List<RowKey> rows = List.of(new RowKey(List.of(2L)));
    assertThat(key.in(Side.DELETED, rows).sql()).isEqualTo("(`a`) IN (ELT(?, 'x', 'y'))");
    assertThat(key.select(Side.DELETED)).isEqualTo("COALESCE(ELT(`a` + 0, 2, 0, 1), 0) + 0");
    assertThat(key.where(Side.DELETED, new KeyRange(rows.get(0), null)).sql())
        .startsWith("`a` > COALESCE(ELT(?, 3, 1), 0) + 0");
    assertThat(key.join()).isEqualTo("`ghost t`.`a` = `source t`.`a`");
    assertThat(InnodbKeyColumn.of(ExampleColumn.of("yzx", "a"), ExampleColumn.of("xy", "a")))
        .as("z is gone")
        .isEmpty();
    assertThat(
            InnodbKeyColumn.of(
                ExampleColumn.text("a", "set", "set('x','y')", "utf8mb4_bin"),
                ExampleColumn.text("a", "set", "set('y','x')", "utf8mb4_bin")))
        .isEmpty();
  }
}
