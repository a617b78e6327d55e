package dev.ghost.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.dialect.postgres.rows.CastProbe;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * Converts odd values of every type of PostgreSQL to every other type, once by the server's own
 * ALTER and once as the copy does it. The two are the same, in what they refuse as well.
 */
@OnServers(whichHave = Ability.USING_EXPRESSIONS, otherVersions = Db.POSTGRES)
class CastMatrixTest {

  /** DATATYPE_MISMATCH: it is the types that do not convert, whatever the value is. */
  private static final String NO_CAST = "42804";

  @Provided private Schema schema;

  private Connection c;

  @Test
  void everyPairOfTypes() throws Exception {
    schema.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy')",
        "CREATE TYPE pair AS (x int, y text)",
        "CREATE DOMAIN positive AS numeric CHECK (value > 0)");
    try (Connection own = schema.connect()) {
      c = own;
      Map<String, List<String>> types = OddPostgresValues.all();
      Map<String, String> tables = tables(types);
      List<String> different = new ArrayList<>();
      int pairs = 0;
      int converted = 0;
      for (String from : types.keySet()) {
        for (String to : types.keySet()) {
          if (!from.equals(to)) {
            pairs++;
            Pair pair = new Pair(tables.get(from), tables.get(to), to);
            Map<Integer, String> outcome = pair.altered(types.get(from).size());
            converted += outcome.containsValue(NO_CAST) ? 0 : 1;
            pair.differences(outcome, types.get(from))
                .forEach(d -> different.add(from + " -> " + to + ": " + d));
          }
        }
      }
      System.out.printf(
          "casts: %d types, %d pairs, of which %d convert%n", types.size(), pairs, converted);
      assertThat(pairs).isEqualTo(types.size() * (types.size() - 1));
      assertThat(converted).isGreaterThan(types.size());
      assertThat(different).isEmpty();
    }
  }

  /** A table for each type, with its values numbered from 1. */
  private Map<String, String> tables(Map<String, List<String>> types) throws SQLException {
    Map<String, String> tables = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> each : types.entrySet()) {
      String table = "odd_" + tables.size();
      execute("CREATE TABLE %s (id int PRIMARY KEY, v %s)".formatted(table, each.getKey()));
      int id = 0;
      for (String literal : each.getValue()) {
        execute("INSERT INTO %s VALUES (%d, %s)".formatted(table, ++id, literal));
      }
      tables.put(each.getKey(), table);
    }
    return tables;
  }

  /** The rows for which a condition holds. */
  @FunctionalInterface
  private interface Conversion {
    void of(String where, Map<Integer, String> outcomes) throws SQLException;
  }

  /** Two types, each with its table; values are converted to the one that is named. */
  private final class Pair {
    private final String from;
    private final String to;
    private final String type;

    Pair(String from, String to, String type) {
      this.from = from;
      this.to = to;
      this.type = type;
    }

    /** By the server. */
    Map<Integer, String> altered(int values) throws SQLException {
      return outcomes(
          values,
          (where, outcomes) -> {
            execute(
                "DROP TABLE IF EXISTS altered",
                "CREATE TEMPORARY TABLE altered AS SELECT * FROM %s WHERE %s"
                    .formatted(from, where),
                "ALTER TABLE altered ALTER v TYPE " + type);
            read("altered", outcomes);
          });
    }

    private Map<Integer, String> copied(CastProbe cast, int values) throws SQLException {
      execute(
          "DROP TABLE IF EXISTS copied",
          "CREATE TEMPORARY TABLE copied (id int PRIMARY KEY, v %s)".formatted(type));
      Map<Integer, String> ours =
          outcomes(
              values,
              (where, outcomes) ->
                  execute(
                      "INSERT INTO copied SELECT s.id, %s FROM %s AS s WHERE %s"
                          .formatted(cast.copied(), from, where)));
      read("copied", ours);
      return ours;
    }

    /** All at once; where that is refused, one after the other. */
    private Map<Integer, String> outcomes(int values, Conversion conversion) throws SQLException {
      Map<Integer, String> outcomes = new HashMap<>();
      String refused = error("true", outcomes, conversion);
      for (int id = 1; id <= values && !refused.isEmpty(); id++) {
        String each = refused.equals(NO_CAST) ? NO_CAST : error("id = " + id, outcomes, conversion);
        if (!each.isEmpty()) {
          outcomes.put(id, each);
        }
      }
      return outcomes;
    }

    /** The error's state; empty for none. */
    private static String error(
        String where, Map<Integer, String> outcomes, Conversion conversion) {
      try {
        conversion.of(where, outcomes);
        return "";
      } catch (SQLException e) {
        return e.getSQLState();
      }
    }

    List<String> differences(Map<Integer, String> server, List<String> literals)
        throws SQLException {
      CastProbe cast =
          CastProbe.of(c, new TableName(schema.name(), from), new TableName(schema.name(), to));
      Map<Integer, String> ours = copied(cast, literals.size());
      List<String> differences = new ArrayList<>();
      for (int id = 1; id <= literals.size(); id++) {
        if (!Objects.equals(server.get(id), ours.get(id))) {
          differences.add(
              "%s is %s by the server and %s by ghost"
                  .formatted(literals.get(id - 1), server.get(id), ours.get(id)));
        }
      }
      if (!ours.containsValue(NO_CAST)) {
        differences.addAll(alarms(cast.verified()));
      }
      return differences;
    }

    /** The values that were copied right, and that verification takes for others. */
    private List<String> alarms(String verified) throws SQLException {
      return Server.rows(
          c,
          "SELECT 'verified as another value: ' || s.v::text FROM %s AS s JOIN copied AS g USING (id) WHERE ROW(%s)::text <> ROW(g.v)::text"
              .formatted(from, verified));
    }
  }

  /** The values to the last bit. */
  private void read(String table, Map<Integer, String> outcomes) throws SQLException {
    try (Statement s = c.createStatement();
        ResultSet rs =
            s.executeQuery("SELECT id, encode(record_send(ROW(v)), 'hex') FROM " + table)) {
      while (rs.next()) {
        outcomes.put(rs.getInt(1), rs.getString(2));
      }
    }
  }

  private void execute(String... statements) throws SQLException {
    try (Statement s = c.createStatement()) {
      for (String sql : statements) {
        s.execute(sql);
      }
    }
  }
}
