package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.Ghost;
import dev.ghost.Migration;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.Strategy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Settings that a user has in a database are those that values are converted with. */
@OnServers(whichHave = Ability.SETTINGS_OF_A_DATABASE, otherVersions = Db.POSTGRES)
class UserSettingsTest extends BesideTheServersOwn {

  private static final String OF_THE_ROLE = "ALTER ROLE postgres IN DATABASE test ";

  private static final List<String> SETTINGS =
      List.of(
          "SET TimeZone = 'America/New_York'",
          "SET DateStyle = 'ISO, DMY'",
          "SET IntervalStyle = 'iso_8601'",
          "SET extra_float_digits = 0",
          "SET bytea_output = 'escape'");

  /** The driver logs in with a time zone and a style of dates of its own. */
  @Test
  void valuesAreConvertedWithTheUsersSettings() throws Exception {
    both(
        """
        CREATE TABLE t (id int PRIMARY KEY, a timestamp, b timestamptz, c text, d date, e float8, f bytea, g interval, h text, i text,
                        j timestamptz)
        """,
        """
        INSERT INTO t
        SELECT n, '2024-03-10 01:30:00.5'::timestamp + n * interval '1 hour', '2024-11-03 00:30:00+00'::timestamptz + n * interval '1 hour',
               '03/04/2024', '2024-02-01'::date + n, n / 7.0, '\\x00ff41', n * interval '1 day 2 hours', '2024-07-01 12:00',
               '1 day', '2024-07-01 03:00:00+00'
          FROM generate_series(1, 300) AS n
        """);
    String update =
        "UPDATE t SET c = '11/12/2023', e = 1 / 3.0, j = '2024-01-01 03:00:00+00' WHERE id % 2 = 0";
    PausingListener listener = new PausingListener().at(Phase.VERIFY, () -> schema.execute(update));
    twin.execute(update);
    try {
      for (String setting : SETTINGS) {
        schema.execute(OF_THE_ROLE + setting);
        twin.execute(setting);
      }
      migrate(
          """
          ALTER a TYPE timestamptz, ALTER b TYPE timestamp, ALTER c TYPE date USING c::date, ALTER d TYPE text, ALTER e TYPE text,
          ALTER f TYPE text, ALTER g TYPE text, ALTER h TYPE timestamptz USING h::timestamptz, ALTER i TYPE interval USING i::interval,
          ALTER j TYPE text USING j::date || ' ' || j, ADD k timestamptz DEFAULT '2024-07-01 12:00', ADD l date DEFAULT '03/04/2024',
          ADD CONSTRAINT m CHECK (l > '01/12/2023')
          """,
          listener);
    } finally {
      schema.execute(OF_THE_ROLE + "RESET ALL");
      both("SET TimeZone = 'UTC'", "SET DateStyle = 'ISO, MDY'");
      twin.execute("RESET IntervalStyle", "RESET extra_float_digits", "RESET bytea_output");
    }
    assertThat(schema.rows("SELECT * FROM t ORDER BY id"))
        .isEqualTo(twin.rows("SELECT * FROM t ORDER BY id"));
    assertThat(description(schema)).isEqualTo(description(twin));
  }

  /** What the stream says of a key is what our sessions say of it. */
  @Test
  void keysAreWrittenInOneWay() throws Exception {
    both(
        "CREATE TABLE t (k timestamptz, b bytea, v int, PRIMARY KEY (k, b))",
        "INSERT INTO t SELECT '0001-06-01 00:00:00+00 BC'::timestamptz + i * interval '100 days 1"
            + " us', '\\x00ff', i FROM generate_series(1, 300) AS i");
    String[] writes = {
      "UPDATE t SET v = -v WHERE v % 3 = 0",
      "DELETE FROM t WHERE v % 5 = 0",
      "INSERT INTO t VALUES ('2024-07-01 12:00:00+00', '\\x41', 7)"
    };
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> schema.execute(writes[0]))
            .at(Phase.VERIFY, () -> schema.execute(writes[1], writes[2]));
    twin.execute(writes);
    try {
      for (String setting : SETTINGS) {
        schema.execute(OF_THE_ROLE + setting);
      }
      migrate("ALTER v TYPE bigint", listener);
    } finally {
      schema.execute(OF_THE_ROLE + "RESET ALL");
    }
    assertThat(schema.rows("SELECT * FROM t ORDER BY k, b"))
        .isEqualTo(twin.rows("SELECT * FROM t ORDER BY k, b"));
  }

  @Test
  void whatTheServerDoesItselfIsReadWithTheUsersSettings() throws Exception {
    both("CREATE TABLE t (id int PRIMARY KEY, d date, z timestamptz)");
    String change = "ALTER d SET DEFAULT '03/04/2024', ALTER z SET DEFAULT '2024-07-01 12:00'";
    try {
      for (String setting : SETTINGS) {
        schema.execute(OF_THE_ROLE + setting);
        twin.execute(setting);
      }
      twin.execute("ALTER TABLE t " + change);
      schema.ghost("t", change).strategy(Strategy.AUTO).build().run();
    } finally {
      schema.execute(OF_THE_ROLE + "RESET ALL");
      both("SET TimeZone = 'UTC'", "SET DateStyle = 'ISO, MDY'");
    }
    assertThat(description(schema)).isEqualTo(description(twin));
  }

  /** A format that the driver does not speak, and a time zone that is not to be found out. */
  @Test
  void settingsThatCannotBeHadAreRefused() throws Exception {
    schema.execute(
        "CREATE TABLE t (id int PRIMARY KEY, d date, z timestamptz)",
        "CREATE ROLE plain LOGIN PASSWORD 'plain' REPLICATION",
        "GRANT CREATE ON DATABASE test TO plain",
        "GRANT USAGE, CREATE ON SCHEMA %s TO plain".formatted(schema.name()),
        "ALTER TABLE t OWNER TO plain");
    try {
      schema.execute("ALTER ROLE plain SET DateStyle = 'German'");
      assertThatThrownBy(() -> plain("ALTER d TYPE text").run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("german");
      assertThatThrownBy(() -> plain("ALTER z TYPE timestamp").run())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("time zone");
      schema.execute(
          "ALTER ROLE plain SET DateStyle = 'DMY'", "ALTER ROLE plain SET TimeZone = 'Asia/Tokyo'");
      plain("ALTER z TYPE timestamp, ALTER d TYPE text").run();
    } finally {
      schema.execute(
          "DROP TABLE IF EXISTS t_old, t", "DROP OWNED BY plain CASCADE", "DROP ROLE plain");
    }
  }

  private Migration plain(String change) {
    return Ghost.connect(schema.url())
        .user("plain")
        .password("plain")
        .migration("t")
        .alter(change)
        .strategy(Strategy.GHOST)
        .build();
  }
}
