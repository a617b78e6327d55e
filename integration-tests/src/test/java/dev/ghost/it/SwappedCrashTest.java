package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine dies between the swap and the cleaning up, on MySQL. */
@OnServers(whichHave = Ability.DDL_COMMITS)
class SwappedCrashTest {

  private static final String CHANGE = "ADD COLUMN note INT";

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute("CREATE TABLE t (id BIGINT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)");
  }

  /**
   * A run that died between the swap and the cleaning up left a control table and a retired one.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void afterTheSwapTheSameCommandOnlyCleansUp(boolean sameChange) throws Exception {
    try (Launcher first = start()) {
      assertThat(first.exitCode()).as(first.output()).isZero();
    }
    List<String> ddl = schema.rows("SHOW CREATE TABLE t");
    String asGhost =
        ddl.get(0)
            .substring(2)
            .replace("CREATE TABLE `t`", "CREATE TABLE")
            .replace("'", "''")
            .replace("\\", "\\\\");
    schema.execute(
        """
        CREATE TABLE t_ghc (slot INT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL, content LONGTEXT)
          COMMENT = 'ghost control table'
        """,
        "INSERT INTO t_ghc VALUES (-1, 0, '%s'), (-3, 0, '%s')"
            .formatted(sameChange ? CHANGE : "ADD COLUMN other INT", asGhost));
    try (Launcher second = start()) {
      if (sameChange) {
        assertThat(second.exitCode()).as(second.output()).isZero();
        assertThat(second.output()).contains("already swapped");
      } else {
        assertThat(second.exitCode()).as(second.output()).isEqualTo(3);
        assertThat(second.output()).contains("t_old is there still", "ghost drop --table t");
      }
    }
    assertThat(schema.tables()).containsExactly("t", "t_old");
    assertThat(schema.rows("SHOW CREATE TABLE t")).isEqualTo(ddl);
  }

  private Launcher start() throws Exception {
    return Launcher.start(
        "alter", "--url", schema.url(), "--table", "t", "--alter", CHANGE, "--output", "json");
  }
}
