package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a value of the source becomes a value of the ghost. The copy selects an expression that the
 * server stores as its own ALTER would: which of them is needed, servers were asked (see {@link
 * Conversions}). An expression that is equal to what is stored there is known for few pairs of
 * types; for all others the server converts once more, into a table.
 */
final class Conversion {

  private final InnodbColumn from;
  private final InnodbColumn to;

  Conversion(InnodbColumn from, InnodbColumn to) {
    this.from = from;
    this.to = to;
  }

  /**
   * What the copy selects. An INSERT takes numbers in other ways than an ALTER, which goes by their
   * digits as the column shows them.
   */
  String copied(String ref, ProductSql product) {
    if (from.sameTypeAs(to) || !number()) {
      return ref;
    }
    boolean padded = from.is("float", "double", "year") || from.zerofill();
    boolean digits = product.altersNumbersByDigits();
    if ((padded && (to.text() || to.binary() || to.is("time")))
        || to.is("json")
        || (digits && to.is("enum", "set"))
        || (digits && from.integer() && to.is("date", "datetime", "timestamp"))) {
      return "CAST(%s AS CHAR)".formatted(ref);
    }
    if (to.is("enum", "set") || (digits && from.is("float", "double") && to.is("year"))) {
      return "ROUND(%s)".formatted(ref);
    }
    // As it is, it would be taken over without a look at its digits.
    return from.is("float", "double") && from.is(to.type()) ? "(%s + 0)".formatted(ref) : ref;
  }

  /**
   * Conditions under which the server's own ALTER refuses a value that one of ghost's INSERTs
   * takes.
   *
   * @param zeroDates what the user's own session accepts
   */
  List<String> refused(String ref, ProductSql product, ZeroDates zeroDates) {
    if (to.is("timestamp") && from.nullable() && !to.nullable()) {
      // The server puts the time there, of the ALTER or of an INSERT.
      return List.of(ref + " IS NULL");
    }
    if (from.sameTypeAs(to)) {
      return List.of();
    }
    if (to.is("date", "datetime", "timestamp")) {
      return zeroDates.refused(ref);
    }
    if (from.is("float", "double") && to.is("bigint") && to.unsigned()) {
      return List.of("%s >= 9223372036854775808".formatted(ref));
    }
    if (from.is("json") && (to.integer() || to.is("float", "double", "year"))) {
      return List.of("JSON_TYPE(%s) = 'BOOLEAN'".formatted(ref));
    }
    boolean digits = from.text() || from.binary();
    return to.integer() && digits && product.altersOnlyWholeNumbers()
        ? List.of("%s REGEXP '[.eE]'".formatted(ref))
        : List.of();
  }

  /** The source's value as it is stored; empty when no expression is known to be just that. */
  Optional<String> exact(String ref) {
    return from.sameTypeAs(to) ? Optional.of(ref) : Optional.ofNullable(converted(ref));
  }

  /** The same, comparable to the ghost's column through an index. */
  Optional<String> comparable(String ref) {
    if (from.sameTypeAs(to)) {
      return Optional.of(ref);
    }
    return exact(ref).map(e -> to.text() ? e + " COLLATE " + to.collation() : e);
  }

  /** True when no row of either side has a NULL there. */
  boolean neverNull() {
    return !from.nullable()
        && !to.nullable()
        && (from.sameTypeAs(to) || (from.integer() && to.integer()));
  }

  /** What a value in the ghost's type contributes to a row's digest: one or more arguments. */
  static List<String> digestible(InnodbColumn type, String value) {
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
    if (type.is("bit") || type.zerofill()) {
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

  /**
   * What people are shown of a value in the ghost's type.
   *
   * @param length characters, at most
   */
  static String shown(InnodbColumn type, String value, int length) {
    if (type.text() || type.is("enum", "set")) {
      return "LEFT(%s, %d)".formatted(value, length);
    }
    if (type.is("bit")) {
      return "CONCAT('0x', HEX(%s + 0))".formatted(value);
    }
    if (type.integer() || type.time() || type.is("decimal", "float", "double", "year")) {
      return "CAST(%s AS CHAR)".formatted(value);
    }
    return type.is("json")
        ? "LEFT(CAST(%s AS CHAR), %d)".formatted(value, length)
        : "CONCAT('0x', LEFT(HEX(%s), %d))".formatted(value, length - 2);
  }

  /** True when the outcome depends on the session's time zone. */
  boolean needsTimeZone() {
    return from.is("timestamp") != to.is("timestamp");
  }

  private boolean number() {
    return from.integer() || from.is("decimal", "float", "double", "year");
  }

  private @Nullable String converted(String x) {
    if (from.integer() && to.integer()) {
      return from.zerofill() ? "(%s + 0)".formatted(x) : x;
    }
    if (from.text() && to.text()) {
      return toText(x);
    }
    if (from.integer() && !from.zerofill() && to.is("char", "varchar")) {
      return "CONVERT(%s USING %s)".formatted(x, to.charset());
    }
    if (from.is("enum", "set")) {
      return extended() ? x : null;
    }
    if (from.binary() && to.binary()) {
      return to.is("binary")
          ? "CAST(%s AS BINARY(%d))".formatted(x, to.length())
          : "CAST(%s AS BINARY)".formatted(x);
    }
    if ((from.integer() || from.is("decimal")) && to.is("decimal")) {
      return "CAST(%s AS DECIMAL(%d,%d))".formatted(x, to.precision(), to.scale());
    }
    boolean moment = from.is("date", "datetime") && to.is("datetime");
    return moment || (from.is("time") && to.is("time"))
        ? "CAST(%s AS %s(%d))".formatted(x, to.type(), to.scale())
        : null;
  }

  /** True when members were added after those that were there. */
  private boolean extended() {
    int known = from.members().size();
    return to.type().equals(from.type())
        && Objects.equals(to.collation(), from.collation())
        && to.members().size() >= known
        && to.members().subList(0, known).equals(from.members());
  }

  private String toText(String x) {
    String text =
        Objects.equals(to.charset(), from.charset())
            ? x
            : "CONVERT(%s USING %s)".formatted(x, to.charset());
    if (to.length() < from.length()) {
      // What is cut off can only be spaces: anything else has stopped the copy.
      text = "LEFT(%s, %d)".formatted(text, to.length());
    }
    return to.is("char") ? "TRIM(TRAILING ' ' FROM %s)".formatted(text) : text;
  }
}
