package dev.ghost.dialect.innodb;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a value of the source becomes a value of the ghost, as an expression: the same that the
 * server does when it stores the one into a column of the other's type. Needed wherever both sides
 * are compared; the copy itself leaves it to the server.
 */
final class Conversion {

  private final Column from;
  private final Column to;

  Conversion(Column from, Column to) {
    this.from = from;
    this.to = to;
  }

  /** The source's value in the ghost's type; empty when no expression is known to do just that. */
  Optional<String> apply(String ref) {
    if (from.sameTypeAs(to)) {
      return Optional.of(ref);
    }
    return Optional.ofNullable(converted(ref));
  }

  /** The same, comparable to the ghost's column through an index. */
  Optional<String> comparable(String ref) {
    if (from.sameTypeAs(to)) {
      return Optional.of(ref);
    }
    return apply(ref).map(e -> to.text() ? e + " COLLATE " + to.collation() : e);
  }

  /** True when no row of either side has a NULL there. */
  boolean neverNull() {
    return !from.nullable()
        && !to.nullable()
        && (from.sameTypeAs(to) || (from.integer() && to.integer()));
  }

  /** What a value in the ghost's type contributes to a row's digest: one or more arguments. */
  static List<String> digestible(Column type, String value) {
    if (type.large()) {
      return List.of("SHA2(%s, 256)".formatted(value));
    }
    if (type.text() || type.binary() || type.is("enum", "set")) {
      return List.of("LENGTH(%s)".formatted(value), "CAST(%s AS BINARY)".formatted(value));
    }
    if (type.is("json")) {
      // Where max_allowed_packet is too small for its text, that is empty on both sides: it must
      // not look equal.
      return List.of(
          "COALESCE(SHA2(NULLIF(CAST(%1$s AS CHAR), ''), 256), IF(ISNULL(%1$s), '', UUID()))"
              .formatted(value));
    }
    if (type.is("bit")) {
      return List.of(value + " + 0");
    }
    if (type.is("float")) {
      return List.of("CAST(%s AS DOUBLE)".formatted(value));
    }
    if (type.is("timestamp")) {
      return List.of("UNIX_TIMESTAMP(%s)".formatted(value));
    }
    if (type.time() || type.integer() || type.is("decimal", "double", "year")) {
      return List.of("CAST(%s AS CHAR)".formatted(value));
    }
    return List.of("SHA2(%s, 256)".formatted(value));
  }

  /** True when the outcome depends on the session's time zone. */
  boolean needsTimeZone() {
    return from.is("timestamp") != to.is("timestamp");
  }

  private String converted(String x) {
    if (to.integer()) {
      return toInteger(x);
    }
    if (to.text()) {
      return toText(x);
    }
    if (to.binary()) {
      return toBinary(x);
    }
    return switch (to.type()) {
      case "decimal" ->
          number(x) == null
              ? null
              : "CAST(%s AS DECIMAL(%d,%d))".formatted(number(x), to.precision(), to.scale());
      case "float" ->
          to.scale() == 0 && number(x) != null ? "CAST(%s AS FLOAT)".formatted(number(x)) : null;
      case "double" ->
          to.scale() == 0 && number(x) != null ? "CAST(%s AS DOUBLE)".formatted(number(x)) : null;
      case "date" -> from.time() || from.text() ? "CAST(%s AS DATE)".formatted(x) : null;
      case "datetime", "timestamp" ->
          from.time() || from.text() ? "CAST(%s AS DATETIME(%d))".formatted(x, to.scale()) : null;
      case "time" ->
          from.time() || from.text() ? "CAST(%s AS TIME(%d))".formatted(x, to.scale()) : null;
      case "year" ->
          from.integer()
              ? "(%1$s + CASE WHEN %1$s BETWEEN 1 AND 69 THEN 2000 WHEN %1$s BETWEEN 70 AND 99 THEN 1900 ELSE 0 END)"
                  .formatted(x)
              : null;
      case "bit" -> from.integer() || from.is("bit") ? x + " + 0" : null;
      case "json" -> from.text() ? "CAST(%s AS JSON)".formatted(x) : null;
      case "enum" -> toEnum(x);
      case "set" -> toSet(x);
      default -> null;
    };
  }

  private String number(String x) {
    if (from.integer() || from.is("decimal", "float", "double", "year")) {
      return x;
    }
    if (from.is("bit", "enum", "set")) {
      return "(%s + 0)".formatted(x);
    }
    return from.text() ? "CAST(%s AS DECIMAL(65,20))".formatted(x) : null;
  }

  private String toInteger(String x) {
    if (from.integer()) {
      return x;
    }
    String number = number(x);
    return number == null
        ? null
        : "CAST(%s AS %s)".formatted(number, to.unsigned() ? "UNSIGNED" : "SIGNED");
  }

  private String toText(String x) {
    String text;
    if (from.text() || from.is("enum", "set")) {
      text =
          to.charset().equals(from.charset())
              ? x
              : "CONVERT(%s USING %s)".formatted(x, to.charset());
    } else if (from.binary()) {
      text = "CONVERT(%s USING %s)".formatted(x, to.charset());
    } else if (from.integer()
        || from.time()
        || from.is("decimal", "float", "double", "year", "json")) {
      text = "CONVERT(CAST(%s AS CHAR) USING %s)".formatted(x, to.charset());
    } else {
      return null;
    }
    if (from.text() && to.length() < from.length()) {
      // What is cut off can only be spaces: anything else has stopped the copy.
      text = "LEFT(%s, %d)".formatted(text, to.length());
    }
    return to.is("char") ? "TRIM(TRAILING ' ' FROM %s)".formatted(text) : text;
  }

  private String toBinary(String x) {
    if (!from.text() && !from.binary() && !from.is("enum", "set")) {
      return null;
    }
    return to.is("binary")
        ? "CAST(%s AS BINARY(%d))".formatted(x, to.length())
        : "CAST(%s AS BINARY)".formatted(x);
  }

  private String toEnum(String x) {
    String members = literals(to.members());
    if (from.text() || from.is("enum", "set")) {
      return "ELT(FIELD(CONVERT(%s USING %s) COLLATE %s, %s), %s)"
          .formatted(x, to.charset(), to.collation(), members, members);
    }
    return from.integer() ? "ELT(%s, %s)".formatted(x, members) : null;
  }

  private String toSet(String x) {
    if (from.integer()) {
      return "MAKE_SET(%s, %s)".formatted(x, literals(to.members()));
    }
    if (!from.text() && !from.is("enum", "set")) {
      return null;
    }
    String value = "CONVERT(%s USING %s) COLLATE %s".formatted(x, to.charset(), to.collation());
    String members =
        to.members().stream()
            .map(Sql::literal)
            .map(m -> "IF(FIND_IN_SET(%s, %s), %s, NULL)".formatted(m, value, m))
            .collect(Collectors.joining(", "));
    return "IF(%s IS NULL, NULL, CONCAT_WS(',', %s))".formatted(x, members);
  }

  private static String literals(List<String> members) {
    return members.stream().map(Sql::literal).collect(Collectors.joining(", "));
  }
}
