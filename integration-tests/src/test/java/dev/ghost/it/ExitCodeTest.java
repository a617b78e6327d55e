package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.Ghost;
import dev.ghost.MigrationBuilder;
import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.LoginException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import dev.ghost.api.VerificationException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same failure has the same exit code on every server, and its message names what is needed.
 */
@OnServers
class ExitCodeTest {

  private static final String BROKEN = "ADD COLUMN x INT NOT NULLL";

  @Provided private Db db;

  @Provided private Server server;

  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.execute(
        "CREATE TABLE t (id INT PRIMARY KEY, v INT, s VARCHAR(200))",
        "INSERT INTO t VALUES (6, 6, 'six'), (7, 12, 'seven'), (8, 8, 'eight'), (9, 9, 'nine')");
  }

  @Test
  void aWrongPasswordIsNine() throws Exception {
    GhostException e = failing(LoginException.class, change(schema.ghost().password("wrong")));
    assertThat(e).hasMessageContaining("refused the login").hasMessageContaining("password");
    exits(9, "wrong", schema.url(), "ADD COLUMN x INT");
    assertUntouched();
  }

  @Test
  void anUnknownUserIsNine() throws Exception {
    failing(LoginException.class, change(schema.ghost().user("nobody_here")));
    assertUntouched();
  }

  /** Held for as long as nobody looks, it would be no help. */
  @Test
  void aReplicaThatRefusesTheLoginIsNine() throws Exception {
    GhostException e =
        failing(
            LoginException.class,
            change()
                .replica(schema.url().replaceFirst("//\\w+@", "//nobody_here@"))
                .postponeCutover(true)
                .maxDuration(Duration.ofMinutes(2)));
    assertThat(e).hasMessageContaining("The replica at");
  }

  @Test
  void aMissingDatabaseIsThree() throws Exception {
    String url =
        db == Db.POSTGRES
            ? schema.url().replace("/test", "/no_such_database")
            : server.url("no_such_database");
    failing(RefusedException.class, change(Schema.at(url)));
    exits(3, Server.PASSWORD, url, "ADD COLUMN x INT");
  }

  @Test
  void aMissingSchemaIsThree() throws Exception {
    failing(RefusedException.class, change(Schema.at(server.url("no_such_schema"))));
    assertUntouched();
  }

  @Test
  void aMissingTableIsThree() throws Exception {
    failing(RefusedException.class, schema.ghost("not_here", "ADD COLUMN x INT"));
    failing(
        RefusedException.class, schema.ghost("not_here", "ADD x INT").strategy(Strategy.DIRECT));
  }

  @ParameterizedTest
  @EnumSource
  void aSyntaxErrorIsTwo(Strategy strategy) throws Exception {
    failing(UsageException.class, schema.ghost("t", BROKEN).strategy(strategy));
    assertUntouched();
  }

  @Test
  void aSyntaxErrorIsTwoOnTheCommandLine() throws Exception {
    exits(2, Server.PASSWORD, schema.url(), BROKEN);
    assertUntouched();
  }

  @Test
  void aSyntaxErrorInAnExpressionIsTwo() throws Exception {
    failing(UsageException.class, change().set("x", "1 +"));
    assertUntouched();
  }

  @Test
  void aServerThatIsNotToBeReachedIsSeven() throws Exception {
    String url = schema.url().replaceFirst("@[^/]+/", "@127.0.0.1:1/");
    assertThat(failing(StoppedException.class, change(Schema.at(url))))
        .hasMessageContaining("cannot be reached");
    assertUntouched();
  }

  @Test
  void aRowThatDiffersIsShown() throws Exception {
    String ghost = db == Db.POSTGRES ? schema.name() + "_t_gho.t" : "t_gho";
    PausingListener listener =
        new PausingListener()
            .at(
                Phase.VERIFY,
                () ->
                    schema.execute(
                        "UPDATE %s SET v = 13 WHERE id = 7".formatted(ghost),
                        "UPDATE %s SET s = NULL WHERE id = 9".formatted(ghost),
                        "UPDATE %s SET s = REPEAT('y', 100) WHERE id = 6".formatted(ghost),
                        "DELETE FROM %s WHERE id = 8".formatted(ghost)));
    GhostException e =
        failing(
            VerificationException.class,
            schema
                .ghost("t", db == Db.POSTGRES ? "ALTER v TYPE bigint" : "MODIFY v BIGINT")
                .listener(listener));
    assertThat(e.what())
        .containsPattern(
            "7:\\n *v: '12' \\((int|int\\(11\\)|integer)\\) in the source, '13'"
                + " \\(bigint(\\(20\\))?\\) in the ghost")
        .containsPattern("9:\\n *s: 'nine' \\([^\\n]*\\) in the source, NULL \\(")
        .contains("'" + "y".repeat(64) + "'...")
        .containsPattern("8: only in the source")
        .doesNotContain("y".repeat(65));
    assertThat(listener.warnings).noneMatch(w -> w.contains("nine"));
    assertUntouched();
  }

  @Needs(Ability.SLOTS)
  @Test
  void whoHoldsUpTheSlotIsNamed() throws Exception {
    schema.execute("CREATE TABLE other (i int)");
    try (Connection writer = schema.connect();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("SET application_name = 'slow writer'");
      statement.execute("INSERT INTO other VALUES (1)");
      GhostException e = failing(StoppedException.class, change());
      assertThat(e)
          .hasMessageContaining("replication slot")
          .hasMessageContaining("slow writer")
          .hasMessageContaining("idle in transaction")
          .hasMessageContaining("INSERT INTO other VALUES (1)");
      assertThat(e.remedy()).contains("pg_terminate_backend");
      writer.rollback();
    }
    schema.execute("DROP TABLE other");
    assertUntouched();
  }

  @Needs(Ability.PUBLICATIONS)
  @Test
  void whoHoldsThePublicationsLockIsNamed() throws Exception {
    try (Connection holder = schema.connect();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SET application_name = 'vacuums by hand'");
      statement.execute("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE");
      GhostException e = failing(StoppedException.class, change());
      assertThat(e)
          .hasMessageContaining("publication")
          .hasMessageContaining("vacuums by hand")
          .hasMessageContaining("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE");
      assertThat(e.remedy()).contains("pg_terminate_backend");
      holder.rollback();
    }
    assertUntouched();
  }

  private MigrationBuilder change() {
    return change(schema.ghost());
  }

  private MigrationBuilder change(Ghost by) {
    return schema.ghost(by, "t", "ADD COLUMN x INT");
  }

  /** Fails with an exception that has its remedy in its message, and a code that goes with it. */
  private static <E extends GhostException> E failing(Class<E> type, MigrationBuilder ghost) {
    E e = catchThrowableOfType(type, () -> ghost.build().run());
    assertThat(e).as("it went through").isNotNull();
    assertThat(e.remedy()).isNotEmpty();
    assertThat(e.getMessage()).contains(e.what()).contains(e.remedy());
    assertThat(e.exitCode()).isNotIn(ExitCode.DONE, ExitCode.BUG);
    return e;
  }

  private void exits(int code, String password, String url, String alter) throws Exception {
    try (Launcher ghost =
        Launcher.start(
            Map.of("GHOST_PASSWORD", password),
            "alter",
            "--url",
            url,
            "--table",
            "t",
            "--alter",
            alter,
            "--output",
            "json")) {
      assertThat(ghost.exitCode()).as(ghost.output()).isEqualTo(code);
      List<String> lines = ghost.output().lines().toList();
      JsonNode last = new ObjectMapper().readTree(lines.get(lines.size() - 1));
      assertThat(last.get("event").asText()).isEqualTo("failed");
      assertThat(last.get("exitCode").asInt()).isEqualTo(code);
      assertThat(last.get("remedy").asText()).isNotEmpty();
      assertThat(ghost.output().lines().filter(l -> l.contains("\"exitCode\""))).hasSize(1);
    }
  }

  private void assertUntouched() throws Exception {
    assertThat(schema.tables()).containsExactly("t");
    assertThat(schema.leftovers()).isEmpty();
    assertThat(schema.rows("SELECT v, s FROM t WHERE id = 7")).containsExactly("12|seven");
  }
}
