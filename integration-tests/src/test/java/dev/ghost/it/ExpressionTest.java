package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.api.Phase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expressions of the change: what converts a column, and what fills a new one. */
@OnServers(whichHave = Ability.USING_EXPRESSIONS)
class ExpressionTest {

  @Provided private Server server;
  @Provided private Schema schema;

  @BeforeEach
  void prepare() throws Exception {
    schema.numbers(5_000);
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, name varchar(40), mail text, n int)",
        "INSERT INTO t SELECT i, 'name' || i, 'm' || i || '@x', i FROM n",
        "UPDATE t SET name = 'a name that is too long' WHERE id = 3456",
        "UPDATE t SET n = 70000 WHERE id = 4000",
        "UPDATE t SET mail = 'M17@X' WHERE id = 4321",
        "UPDATE t SET n = NULL WHERE id = 77");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "ALTER mail TYPE int USING t.id + length(t.mail)",
        "ALTER mail TYPE int USING \"t\".id + length(t.mail)",
        "ALTER mail TYPE text USING concat_ws(' ', t.mail, upper(t.name))",
        "ALTER mail TYPE timestamptz USING now()",
        "ALTER mail TYPE timestamptz USING CASE WHEN id < 9 THEN current_timestamp ELSE 'today'"
            + " END",
        "ALTER mail TYPE float8 USING random()"
      })
  void expressionsOfTheChange(String change) throws Exception {
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> run("UPDATE t SET mail = 'c' || id WHERE id % 7 = 0"))
            .at(Phase.VERIFY, () -> run("UPDATE t SET mail = 'v' || id WHERE id % 5 = 0"));
    schema
        .ghost("t", change.formatted(schema.name()))
        .acceptDifference("mail")
        .listener(listener)
        .build()
        .run();
    boolean steady = change.contains("t.");
    assertThat(listener.plans.get(0).warnings().stream().anyMatch(w -> w.contains("not compared")))
        .isNotEqualTo(steady);
    if (change.endsWith("t.mail)")) {
      assertThat(schema.value("SELECT mail FROM t WHERE id = 35")).isEqualTo("38");
      assertThat(schema.value("SELECT mail FROM t WHERE id = 7")).isEqualTo("9");
    }
  }

  /** What stands in a row's way is looked for by the values that it will have, as far as known. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ADD w uuid UNIQUE DEFAULT gen_random_uuid()",
        "ADD w bigserial UNIQUE",
        "ADD w int GENERATED ALWAYS AS IDENTITY UNIQUE",
        "ADD w int UNIQUE",
        "ADD w int DEFAULT 7, ADD UNIQUE (w, u)",
        "ADD w uuid DEFAULT gen_random_uuid(), ADD UNIQUE (u, w)"
      })
  void newColumnsThatAreUniqueUnderWriters(String change) throws Exception {
    try (Schema other = server.newSchema()) {
      other.ledgerTable(3_000);
      Ledger ledger = new Ledger(other, "t", 2, 9).gently().start();
      try (ledger) {
        other.ghost("t", change).build().run();
      }
      assertThat(ledger.differences()).isEmpty();
      assertThat(other.leftovers()).isEmpty();
    }
  }

  private void run(String sql) throws SQLException {
    try (Connection c = schema.connect();
        Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }
}
