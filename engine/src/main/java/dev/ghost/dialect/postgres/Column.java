package dev.ghost.dialect.postgres;

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
 */
record Column(
    int number,
    String name,
    String type,
    String base,
    String kind,
    String collation,
    boolean notNull,
    String generation,
    String identity) {

  boolean generated() {
    return !generation.isEmpty();
  }

  boolean sameTypeAs(Column other) {
    return type.equals(other.type) && collation.equals(other.collation);
  }

  /** True for instants, whose text depends on the session's time zone. */
  boolean zoned() {
    return base.equals("timestamptz") || base.equals("timetz");
  }
}
