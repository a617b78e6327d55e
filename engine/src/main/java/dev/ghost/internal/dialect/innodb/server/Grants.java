package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What our user may do, by {@code SHOW GRANTS}, with the roles that are active. */
public final class Grants {

  private static final String LOCKING = "LOCK TABLES";

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
          LOCKING);

  private static final String ALL = "ALL PRIVILEGES";

  private static final String EVERYWHERE = "*.*";

  private static final String GRANT = "GRANT ";

  private static final String REVOKE = "REVOKE ";

  /** What a user may do at a level: {@code *.*}, {@code `shop`.*} or {@code `shop`.`orders`}. */
  private record Grant(String level, Set<String> privileges) {

    boolean gives(String privilege) {
      return privileges.contains(privilege) || privileges.contains(ALL);
    }

    boolean everywhere() {
      return level.equals(EVERYWHERE);
    }

    boolean covers(String schema) {
      return everywhere()
          || (level.endsWith(".*") && matches(level.substring(0, level.length() - 2), schema));
    }

    boolean covers(TableName table) {
      return covers(table.schema()) || level.equals(Sql.quote(table));
    }
  }

  private final List<Grant> grants = new ArrayList<>();

  /** What is granted on all schemas, and was taken away for one: {@code partial_revokes}. */
  private final List<Grant> revokes = new ArrayList<>();

  private final String user;
  private final List<String> neededGlobally;
  private final List<String> neededForPrepared;

  /**
   * Reads what the server shows.
   *
   * @param user as {@code name@host}
   * @param lines of {@code SHOW GRANTS}
   */
  public Grants(
      String user,
      List<String> lines,
      List<String> neededGlobally,
      List<String> neededForPrepared) {
    this.user = user;
    this.neededGlobally = neededGlobally;
    this.neededForPrepared = neededForPrepared;
    lines.forEach(this::add);
  }

  public static Grants read(ProductSql product, Connection c) throws SQLException {
    String user;
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SELECT CURRENT_USER()")) {
      rs.next();
      user = rs.getString(1);
    }
    List<String> lines = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(product.showGrants(c))) {
      while (rs.next()) {
        lines.add(rs.getString(1));
      }
    }
    return new Grants(user, lines, product.globalPrivileges(), product.privilegesForPrepared(c));
  }

  /** The statements that grant what is missing; empty when nothing is. */
  public List<String> missing(String schema) {
    List<String> statements = new ArrayList<>();
    for (List<String> needed : List.of(neededGlobally, neededForPrepared)) {
      add(statements, needed, p -> has(p, Grant::everywhere), EVERYWHERE);
    }
    add(
        statements,
        ON_SCHEMA,
        p -> has(p, schema, g -> g.covers(schema)),
        Sql.quote(schema) + ".*");
    return statements;
  }

  /** The same for another table; locking is granted for a schema only. */
  public List<String> missing(TableName table, Collection<String> privileges) {
    List<String> statements = new ArrayList<>();
    add(
        statements,
        privileges,
        p -> has(p, table.schema(), g -> g.covers(table)),
        Sql.quote(table));
    add(
        statements,
        List.of(LOCKING),
        p -> has(p, table.schema(), g -> g.covers(table.schema())),
        Sql.quote(table.schema()) + ".*");
    return statements;
  }

  private boolean has(String privilege, Predicate<Grant> covering) {
    return grants.stream().anyMatch(g -> g.gives(privilege) && covering.test(g));
  }

  /** What is granted on all schemas does not count where it was taken away for this one. */
  private boolean has(String privilege, String schema, Predicate<Grant> covering) {
    boolean revoked =
        revokes.stream()
            .anyMatch(r -> r.gives(privilege) && r.level.equals(Sql.quote(schema) + ".*"));
    return has(privilege, g -> covering.test(g) && !(revoked && g.everywhere()));
  }

  private void add(
      List<String> statements, Collection<String> needed, Predicate<String> there, String level) {
    List<String> missing = needed.stream().filter(there.negate()).toList();
    if (!missing.isEmpty()) {
      statements.add(
          "GRANT %s ON %s TO %s;".formatted(String.join(", ", missing), level, account()));
    }
  }

  private String account() {
    int at = user.lastIndexOf('@');
    return Sql.literal(user.substring(0, at)) + "@" + Sql.literal(user.substring(at + 1));
  }

  /**
   * Reads a line {@code GRANT SELECT, INSERT ON `shop`.* TO ...}, or {@code REVOKE INSERT ON
   * `shop`.* FROM ...}; a grant of a role has no ON.
   */
  private void add(String line) {
    if (line.startsWith(GRANT)) {
      parse(line, GRANT, " TO ").ifPresent(grants::add);
    } else if (line.startsWith(REVOKE)) {
      parse(line, REVOKE, " FROM ").ifPresent(revokes::add);
    }
  }

  private static Optional<Grant> parse(String line, String verb, String preposition) {
    int on = line.indexOf(" ON ");
    int who = line.lastIndexOf(preposition);
    if (on < 0 || who < on) {
      return Optional.empty();
    }
    return Optional.of(
        new Grant(
            line.substring(on + " ON ".length(), who),
            Arrays.stream(line.substring(verb.length(), on).split(","))
                .map(p -> p.strip().toUpperCase(Locale.ROOT))
                .collect(Collectors.toSet())));
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
