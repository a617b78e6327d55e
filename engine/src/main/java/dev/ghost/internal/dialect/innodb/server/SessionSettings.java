package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.Driver.Restore;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.innodb.rows.BatchTable;
import dev.ghost.internal.dialect.innodb.rows.InnodbRetainedValues;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The settings of our sessions, whatever the server's and the user's are. */
public final class SessionSettings {

  /** How long our sessions wait for a lock on a table, unless they are in more of a hurry. */
  static final long LOCK_WAIT_SECONDS = 30;

  /**
   * After so long without a statement, the server ends one of ghost's sessions that holds no lock.
   */
  static final long IDLE_SECONDS = 86_400;

  /**
   * Strict, so that a value that does not fit is an error; without NO_ZERO_DATE, because what the
   * source holds must be copied as it is; a zero in an AUTO_INCREMENT column stays a zero.
   */
  private static final String SQL_MODE =
      "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION";

  static final String NO_LIMIT = "18446744073709551615";

  private SessionSettings() {}

  /** As {@link dev.ghost.internal.dialect.Driver#configure}. */
  public static Restore make(ProductSql product, Connection c, SessionProfile profile)
      throws SQLException {
    boolean autoCommit = c.getAutoCommit();
    String schema = c.getCatalog();
    enter(c, profile.schema());
    Map<String, String> asserted = new LinkedHashMap<>();
    asserted.put("sql_mode", SQL_MODE);
    asserted.put("time_zone", profile.timeZone().isEmpty() ? "+00:00" : profile.timeZone());
    asserted.put(
        product.isolationVariable(), profile.snapshot() ? "REPEATABLE-READ" : "READ-COMMITTED");
    Map<String, String> wanted = new LinkedHashMap<>(asserted);
    wanted.put("lock_wait_timeout", Long.toString(LOCK_WAIT_SECONDS));
    wanted.put("innodb_lock_wait_timeout", profile.hasty() ? "1" : "20");
    wanted.put("wait_timeout", Long.toString(IDLE_SECONDS));
    wanted.put("foreign_key_checks", "1");
    wanted.put("unique_checks", "1");
    wanted.put("group_concat_max_len", "65536");
    wanted.put("div_precision_increment", "4");
    wanted.put("sql_auto_is_null", "0");
    wanted.put("sql_safe_updates", "0");
    wanted.put("sql_select_limit", NO_LIMIT);
    // Whatever max_join_size is.
    wanted.put("sql_big_selects", "1");
    wanted.put("sql_quote_show_create", "1");
    wanted.put("completion_type", "NO_CHAIN");
    wanted.putAll(product.sessionSettings(c));
    Map<String, String> before = variables(c, wanted);
    InnodbUserSettings.keep(c);
    set(c, wanted);
    c.setAutoCommit(false);
    Map<String, String> now = variables(c, asserted);
    for (Map.Entry<String, String> setting : asserted.entrySet()) {
      String name = setting.getKey();
      String taken = now.getOrDefault(name, "");
      if (!Set.of(taken.split(",")).equals(Set.of(setting.getValue().split(",")))) {
        throw new RefusedException(
            "The server did not take %s = '%s'; it is '%s'."
                .formatted(name, setting.getValue(), taken),
            "Look for a proxy between here and the server that changes session settings.");
      }
    }
    return () -> {
      if (!profile.schema().equals("information_schema")) {
        dropSessionTables(c);
      }
      // While it is a plain COMMIT still.
      c.commit();
      set(c, before);
      if (schema != null && !schema.isEmpty()) {
        c.setCatalog(schema);
      }
      c.setAutoCommit(autoCommit);
    };
  }

  /** For another migration on this connection they would have the wrong columns. */
  public static void dropSessionTables(Connection c) throws SQLException {
    Sql.execute(
        c,
        "DROP TEMPORARY TABLE IF EXISTS %s, %s"
            .formatted(BatchTable.TABLE, InnodbRetainedValues.TABLE));
  }

  private static void enter(Connection c, String schema) throws SQLException {
    try {
      c.setCatalog(schema);
    } catch (SQLException e) {
      if (e.getErrorCode() == 1049 || e.getErrorCode() == 1044) {
        throw new RefusedException(
            "There is no schema %s, or this user may not use it.".formatted(schema),
            "Check the schema in the URL or in the statement.",
            e);
      }
      throw e;
    }
  }

  private static Map<String, String> variables(Connection c, Map<String, String> names)
      throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT ");
    String comma = "";
    for (String name : names.keySet()) {
      sql.append(comma).append("@@SESSION.").append(name);
      comma = ", ";
    }
    Map<String, String> values = new LinkedHashMap<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql.toString())) {
      rs.next();
      int i = 1;
      for (String name : names.keySet()) {
        values.put(name, rs.getString(i++));
      }
    }
    return values;
  }

  private static void set(Connection c, Map<String, String> values) throws SQLException {
    StringBuilder sql = new StringBuilder("SET ");
    String comma = "";
    for (String name : values.keySet()) {
      sql.append(comma).append("SESSION ").append(name).append(" = ?");
      comma = ", ";
    }
    try (PreparedStatement statement = c.prepareStatement(sql.toString())) {
      int i = 1;
      for (String value : values.values()) {
        if (isNumber(value)) {
          statement.setBigDecimal(i++, new BigDecimal(value));
        } else {
          statement.setString(i++, value);
        }
      }
      statement.execute();
    }
  }

  private static boolean isNumber(String value) {
    return !value.isEmpty() && value.chars().allMatch(c -> Character.isDigit(c) || c == '.');
  }
}
