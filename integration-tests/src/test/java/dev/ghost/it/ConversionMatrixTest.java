package dev.ghost.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.innodb.rows.ConversionProbe;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Converts odd values of every type to every other type, once by the server's own ALTER and once as
 * the copy does it. Where the two differ, the engine must know: the lists of its resource {@code
 * conversions-*.txt} are written here.
 *
 * <p>{@code -Dmatrix=full} takes all types, not only some of each kind; {@code -Dmatrix=write} does
 * the same, and writes the list.
 */
@OnServers(whichHave = Ability.CONVERSIONS_OF_ITS_OWN)
class ConversionMatrixTest {

  private static final String EXTENT = System.getProperty("matrix", "short");

  /** As the engine sets it; the server's own is the user's. */
  private static final String OUR_MODE =
      "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION";

  @Provided private Db db;
  @Provided private Schema schema;

  private Connection c;
  private String userMode;

  /** A type, its table, and the odd values in it, which are numbered from 1. */
  private record Source(String type, String table, InnodbColumn column, List<String> values) {}

  /** What became of a value: as text, or the number of the error. */
  private record Outcome(String value, int error) {

    boolean refused() {
      return error != 0;
    }

    static Outcome of(String value) {
      return new Outcome(value, 0);
    }

    static Outcome of(SQLException e) {
      return new Outcome(null, e.getErrorCode());
    }
  }

  @Test
  void everyPairOfTypes() throws Exception {
    try (Connection own = schema.connect()) {
      c = own;
      userMode = value("SELECT @@GLOBAL.sql_mode");
      execute("SET time_zone = '+00:00'");
      List<Source> sources = sources();
      ConversionProbe.Columns columns =
          new ConversionProbe.Columns(c, schema.name(), db == Db.MARIADB);
      Set<String> different = new TreeSet<>();
      List<String> unknown = new ArrayList<>();
      int pairs = 0;
      for (Source from : sources) {
        for (Source to : sources) {
          if (!from.table.equals(to.table)) {
            pairs++;
            ConversionProbe conversion = columns.conversion(from.column, to.column);
            for (String difference : differences(from, to, conversion)) {
              if (!difference.startsWith("verified")) {
                different.add(conversion.types());
              }
              if (!known(conversion, difference)) {
                unknown.add(from.type + " -> " + to.type + ": " + difference);
              }
            }
          }
        }
      }
      System.out.printf(
          "matrix on %s: %d types, %d pairs, %d of bare types differ%n",
          db, sources.size(), pairs, different.size());
      assertThat(pairs).isEqualTo(sources.size() * (sources.size() - 1));
      if (EXTENT.equals("write")) {
        write(different);
      }
      assertThat(unknown).isEmpty();
    }
  }

  private static boolean known(ConversionProbe conversion, String difference) {
    return !difference.startsWith("verified")
        && (EXTENT.equals("write") || conversion.knownToDiffer());
  }

  private List<Source> sources() throws Exception {
    Map<String, List<String>> all = OddValues.of(db, EXTENT.equals("short"));
    ConversionProbe.Columns columns =
        new ConversionProbe.Columns(c, schema.name(), db == Db.MARIADB);
    List<Source> sources = new ArrayList<>();
    execute("SET sql_mode = ''");
    for (Map.Entry<String, List<String>> each : all.entrySet()) {
      String table = "odd_" + sources.size();
      execute("CREATE TABLE %s (id INT PRIMARY KEY, v %s)".formatted(table, each.getKey()));
      int id = 0;
      for (String literal : each.getValue()) {
        execute("INSERT INTO %s VALUES (%d, %s)".formatted(table, ++id, literal));
      }
      sources.add(new Source(each.getKey(), table, columns.of(table), each.getValue()));
    }
    return sources;
  }

  private List<String> differences(Source from, Source to, ConversionProbe conversion)
      throws SQLException {
    Map<Integer, Outcome> server = altered(from, to);
    Map<Integer, Outcome> ours = copied(from, to, conversion);
    List<String> differences = new ArrayList<>();
    for (int id = 1; id <= from.values.size(); id++) {
      Outcome theirs = server.get(id);
      Outcome mine = ours.get(id);
      // A row that only ghost refuses stops the run, and is named: nothing wrong is stored.
      if (!mine.refused() && !mine.equals(theirs)) {
        differences.add(
            "%s is %s by the server and %s by ghost"
                .formatted(from.values.get(id - 1), theirs, mine));
      }
      Optional<String> verified = conversion.verified("r.v", "g.v");
      if (!mine.refused()
          && verified.isPresent()
          && !value(
                  "SELECT %s FROM %s r JOIN copied g USING (id) WHERE id = %d"
                      .formatted(verified.get(), from.table, id))
              .equals("1")) {
        differences.add("verified as another value: " + from.values.get(id - 1));
      }
    }
    return differences;
  }

  /** All at once; where the server refuses that, one after the other. */
  private Map<Integer, Outcome> altered(Source from, Source to) throws SQLException {
    Map<Integer, Outcome> outcomes = new HashMap<>();
    try {
      alter(from, to, "TRUE");
      read("altered", to, outcomes);
    } catch (SQLException e) {
      for (int id = 1; id <= from.values.size(); id++) {
        try {
          alter(from, to, "id = " + id);
          read("altered", to, outcomes);
        } catch (SQLException each) {
          outcomes.put(id, Outcome.of(each));
        }
      }
    }
    return outcomes;
  }

  private void alter(Source from, Source to, String where) throws SQLException {
    execute(
        "DROP TEMPORARY TABLE IF EXISTS altered",
        "SET sql_mode = ''",
        "CREATE TEMPORARY TABLE altered LIKE " + from.table,
        "INSERT INTO altered SELECT * FROM %s WHERE %s".formatted(from.table, where),
        "SET sql_mode = '%s'".formatted(userMode),
        "ALTER TABLE altered MODIFY v " + to.type);
  }

  private Map<Integer, Outcome> copied(Source from, Source to, ConversionProbe conversion)
      throws SQLException {
    execute(
        "SET sql_mode = '%s'".formatted(OUR_MODE),
        "DROP TEMPORARY TABLE IF EXISTS copied",
        "CREATE TEMPORARY TABLE copied LIKE " + to.table);
    String insert =
        "INSERT INTO copied SELECT id, %s FROM %s r WHERE IF(%s, CAST('refused' AS SIGNED), TRUE) AND "
            .formatted(conversion.copied("r.v"), from.table, conversion.refused("r.v", userMode));
    Map<Integer, Outcome> outcomes = new HashMap<>();
    try {
      execute(insert + "TRUE");
    } catch (SQLException e) {
      execute("DELETE FROM copied");
      for (int id = 1; id <= from.values.size(); id++) {
        try {
          execute(insert + "id = " + id);
        } catch (SQLException each) {
          outcomes.put(id, Outcome.of(each));
        }
      }
    }
    read("copied", to, outcomes);
    return outcomes;
  }

  private void read(String table, Source type, Map<Integer, Outcome> outcomes) throws SQLException {
    try (Statement s = c.createStatement();
        ResultSet rs =
            s.executeQuery(
                "SELECT id, %s FROM %s"
                    .formatted(OddValues.exact(type.column.type(), "v"), table))) {
      while (rs.next()) {
        outcomes.put(rs.getInt(1), Outcome.of(rs.getString(2)));
      }
    }
  }

  private void write(Set<String> different) throws IOException {
    Path list =
        Path.of(
            System.getProperty("ghost.home"),
            "engine/src/main/resources/dev/ghost/internal/dialect/innodb/rows/conversions-%s.txt"
                .formatted(db == Db.MARIADB ? "mariadb" : "mysql"));
    Files.writeString(
        list,
        "# Pairs of types that ALTER TABLE and ghost convert in different ways, written by\n"
            + "# ConversionMatrixTest, -Dmatrix=write.\n"
            + String.join("\n", different)
            + "\n",
        UTF_8);
  }

  private void execute(String... statements) throws SQLException {
    try (Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }

  private String value(String sql) throws SQLException {
    try (Statement s = c.createStatement();
        ResultSet rs = s.executeQuery(sql)) {
      rs.next();
      return rs.getString(1);
    }
  }
}
