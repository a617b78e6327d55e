package dev.ghost.internal.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.ServerAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MySqlSyntaxTest {

  private static final ServerAddress ADDRESS = ServerAddress.parse("mysql://u@h/s");

  /** MySQL's grammar has none of it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD COLUMN IF NOT EXISTS x INT",
        "DROP COLUMN IF EXISTS x, DROP INDEX IF EXISTS y",
        "ADD CONSTRAINT q FOREIGN KEY IF NOT EXISTS (id) REFERENCES p (id)",
        "DROP CHECK IF EXISTS x, DROP CONSTRAINT IF EXISTS y, DROP FOREIGN KEY IF EXISTS z",
        "MODIFY IF EXISTS x BIGINT, RENAME COLUMN IF EXISTS y TO z",
      })
  void conditionsParse(String change) {
    assertThat(new MySqlDriver().dialect(ADDRESS).parse("t", change).change()).isEqualTo(change);
    assertThat(
            new MySqlDriver()
                .dialect(ADDRESS)
                .parse("ALTER TABLE IF EXISTS t " + change)
                .table()
                .table())
        .isEqualTo("t");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DROP CHECK x",
        "DROP CONSTRAINT x, DROP CHECK y",
        "ALTER CHECK x NOT ENFORCED",
        "ALTER CONSTRAINT x ENFORCED, ALTER CONSTRAINT y NOT ENFORCED"
      })
  void checksParse(String change) {
    assertThat(new MySqlDriver().dialect(ADDRESS).parse("t", change).change()).isEqualTo(change);
  }
}
