package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.RowDifference;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where a column of the ghost gets its values.
 *
 * @param ghost the column
 * @param source the source's column, or for a computed one what the expression looks like; empty
 *     for a column that the change adds
 * @param expression its value, from the source under its {@link Alias}
 * @param copied what the copy selects for it, so that the server stores what its ALTER would
 * @param refused conditions under which the copy must refuse a row, because its ALTER would
 * @param computed true when the user gave the expression
 */
public record InnodbColumnMapping(
    InnodbColumn ghost,
    Optional<InnodbColumn> source,
    String expression,
    String copied,
    List<String> refused,
    boolean computed) {

  /** One whose value is stored as it is. */
  public static InnodbColumnMapping plain(
      InnodbColumn ghost, Optional<InnodbColumn> source, String expression, boolean computed) {
    return new InnodbColumnMapping(ghost, source, expression, expression, List.of(), computed);
  }

  /** One that takes over a column of the source. */
  public static InnodbColumnMapping converted(
      InnodbColumn ghost,
      InnodbColumn source,
      String ref,
      ProductSql product,
      ZeroDates zeroDates) {
    Conversion conversion = new Conversion(source, ghost);
    return new InnodbColumnMapping(
        ghost,
        Optional.of(source),
        ref,
        conversion.copied(ref, product),
        conversion.refused(ref, product, zeroDates),
        false);
  }

  /** True when it takes over this column of the source. */
  public boolean takes(String column) {
    return !computed && source.filter(s -> s.named(column)).isPresent();
  }

  /** True when the outcome depends on the session's time zone. */
  public boolean needsTimeZone() {
    return source.filter(s -> s.is("timestamp") != ghost.is("timestamp")).isPresent();
  }

  /** Its value as the ghost stores it; empty when no expression is known to be just that. */
  Optional<String> exact() {
    return conversion().flatMap(v -> v.exact(expression));
  }

  /** The same, comparable to the ghost's column through an index. */
  Optional<String> comparable() {
    return conversion().flatMap(v -> v.comparable(expression));
  }

  /** True when no row of either side has a NULL there. */
  boolean neverNull() {
    return !computed && conversion().filter(Conversion::neverNull).isPresent();
  }

  private Optional<Conversion> conversion() {
    return source.map(s -> new Conversion(s, ghost));
  }

  /** Conditions that are true of a row, or an error where its ALTER would refuse the row. */
  Stream<String> checks() {
    return refused.stream().map(this::check);
  }

  /** Neither server has an expression that does nothing but fail. */
  private String check(String condition) {
    return "IF(%s, CAST(%s AS SIGNED), 1)"
        .formatted(
            condition,
            Sql.literal(
                "a value of %s that cannot be taken over".formatted(source.orElseThrow().name())));
  }

  public String describe() {
    if (computed) {
      return "%s: %s, by %s".formatted(ghost.name(), ghost.fullType(), expression);
    }
    if (source.isEmpty()) {
      return "%s: added, %s".formatted(ghost.name(), expression);
    }
    InnodbColumn from = source.get();
    String renamed = from.named(ghost.name()) ? "" : " (was " + from.name() + ")";
    String type =
        from.sameTypeAs(ghost)
            ? ghost.fullType()
            : describeType(from) + " -> " + describeType(ghost);
    return ghost.name() + renamed + ": " + type;
  }

  /** The column as it is compared. */
  RowDifference.Column compared() {
    return new RowDifference.Column(
        ghost.name(),
        source.map(InnodbColumnMapping::describeType).orElse("added by the change"),
        describeType(ghost));
  }

  private static String describeType(InnodbColumn c) {
    return c.charset() == null ? c.fullType() : c.fullType() + " " + c.collation();
  }
}
