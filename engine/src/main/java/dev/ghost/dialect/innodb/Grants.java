package dev.ghost.dialect.innodb;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What our user may do, by {@code SHOW GRANTS}, with the roles that are active. */
final class Grants {

  private static final List<String> ON_SCHEMA =
      List.of(
          "SELECT",
          "INSERT",
          "UPDATE",
          "DELETE",
          "CREATE",
          "DROP",
          "ALTER",
          "INDEX",
          "CREATE TEMPORARY TABLES",
          "LOCK TABLES");

  private final Set<String> global = new HashSet<>();
  private final Set<String> onSchema = new HashSet<>();
  private final String user;

  private final List<String> neededGlobally;

  private Grants(String user, List<String> neededGlobally) {
    this.user = user;
    this.neededGlobally = neededGlobally;
  }

  static Grants read(Product product, Connection c, String schema) throws SQLException {
    String user;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT CURRENT_USER()")) {
      rs.next();
      user = rs.getString(1);
    }
    Grants grants = new Grants(user, product.globalPrivileges());
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(product.showGrants(c))) {
      while (rs.next()) {
        grants.add(rs.getString(1), schema);
      }
    }
    return grants;
  }

  /** The statements that grant what is missing; empty when nothing is. */
  List<String> missing(String schema) {
    List<String> statements = new ArrayList<>();
    List<String> globally = neededGlobally.stream().filter(p -> !has(global, p)).toList();
    if (!globally.isEmpty()) {
      statements.add("GRANT " + String.join(", ", globally) + " ON *.* TO " + account() + ";");
    }
    List<String> locally =
        ON_SCHEMA.stream().filter(p -> !has(global, p) && !has(onSchema, p)).toList();
    if (!locally.isEmpty()) {
      statements.add(
          "GRANT %s ON %s.* TO %s;"
              .formatted(String.join(", ", locally), Sql.quote(schema), account()));
    }
    return statements;
  }

  private static boolean has(Set<String> granted, String privilege) {
    return granted.contains(privilege) || granted.contains("ALL PRIVILEGES");
  }

  private String account() {
    int at = user.lastIndexOf('@');
    return Sql.literal(user.substring(0, at)) + "@" + Sql.literal(user.substring(at + 1));
  }

  /** Reads a line {@code GRANT SELECT, INSERT ON `shop`.* TO ...}; a grant of a role has no ON. */
  private void add(String line, String schema) {
    int on = line.indexOf(" ON ");
    int to = line.lastIndexOf(" TO ");
    if (!line.startsWith("GRANT ") || on < 0 || to < on) {
      return;
    }
    String level = line.substring(on + " ON ".length(), to);
    Set<String> target;
    if (level.equals("*.*")) {
      target = global;
    } else if (level.endsWith(".*") && matches(level.substring(0, level.length() - 2), schema)) {
      target = onSchema;
    } else {
      return;
    }
    for (String privilege : line.substring("GRANT ".length(), on).split(",")) {
      target.add(privilege.strip().toUpperCase(Locale.ROOT));
    }
  }

  /** A schema of a grant is a pattern: {@code %} and {@code _}, unless escaped. */
  private static boolean matches(String quoted, String schema) {
    String pattern = quoted.substring(1, quoted.length() - 1).replace("``", "`");
    return like(pattern, 0, schema, 0);
  }

  private static boolean like(String pattern, int p, String text, int t) {
    if (p == pattern.length()) {
      return t == text.length();
    }
    char c = pattern.charAt(p);
    if (c == '%') {
      return like(pattern, p + 1, text, t) || (t < text.length() && like(pattern, p, text, t + 1));
    }
    if (t == text.length()) {
      return false;
    }
    if (c == '\\' && p + 1 < pattern.length()) {
      return pattern.charAt(p + 1) == text.charAt(t) && like(pattern, p + 2, text, t + 1);
    }
    return (c == '_' || c == text.charAt(t)) && like(pattern, p + 1, text, t + 1);
  }
}
