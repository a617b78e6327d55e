package dev.ghost.internal.dialect.postgres.schema;

import java.util.Set;

/**
 * A column as the server describes it.
 *
 * @param number its attribute number, which a rename keeps
 * @param type with its arguments, qualified: {@code character varying(20)}
 * @param base name of the type that a domain stands on, else the type's own, bare: {@code int4}
 * @param kind the base type's kind: {@code b} plain, {@code e} enum, {@code c} composite, ...
 * @param collation qualified; empty for a type without one
 * @param generation the expression of a generated column; else empty
 * @param identity {@code a} always, {@code d} by default, empty when it is none
 * @param otherwise the expression that a row gets where it is given none; empty for NULL
 */
public record PostgresColumn(
    int number,
    String name,
    String type,
    String base,
    String kind,
    String collation,
    boolean notNull,
    String generation,
    String identity,
    String otherwise) {

  private static final Set<String> EXACT =
      Set.of(
          "bool",
          "int2",
          "int4",
          "int8",
          "oid",
          "uuid",
          "bytea",
          "text",
          "varchar",
          "bpchar",
          "date",
          "time",
          "timestamp",
          "timestamptz");

  /** Of these the change stream reads every value, whatever the server's settings are. */
  private static final Set<String> STREAMED =
      Set.of(
          "bool",
          "int2",
          "int4",
          "int8",
          "float4",
          "float8",
          "numeric",
          "text",
          "varchar",
          "bpchar",
          "uuid",
          "json",
          "jsonb",
          "date",
          "time",
          "timestamp",
          "timestamptz");

  public boolean streamed() {
    return kind.equals("e") || (kind.equals("b") && STREAMED.contains(base));
  }

  public boolean generated() {
    return !generation.isEmpty();
  }

  public boolean sameTypeAs(PostgresColumn other) {
    return type.equals(other.type) && collation.equals(other.collation);
  }

  /**
   * True for a type of which two values have one hash only where they are written alike as well.
   */
  public boolean hashedExactly() {
    return kind.equals("b")
        && EXACT.contains(base)
        // Blanks at the end are told apart by the length alone.
        && (!base.equals("bpchar") || type.startsWith("character("));
  }

  /** True for what is written with a date. */
  public boolean dated() {
    return Set.of("date", "timestamp", "timestamptz").contains(base);
  }

  /** True for instants, whose text depends on the session's time zone. */
  public boolean zoned() {
    return base.equals("timestamptz") || base.equals("timetz");
  }
}
