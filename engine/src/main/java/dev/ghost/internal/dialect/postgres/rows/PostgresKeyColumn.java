package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.KeyConditions;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyOrder;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/**
 * One column of the chunk key. Integers are numbers in Java; all else is the text that the server
 * writes for a value, and casts back to it.
 */
public record PostgresKeyColumn(PostgresColumn source, PostgresColumn ghost)
    implements KeyConditions.Column {

  private static final Set<String> INTEGERS = Set.of("int2", "int4", "int8");

  /** Types whose text says exactly which value it is, and comes through the stream as it is. */
  private static final Set<String> TEXTS =
      Set.of(
          "text",
          "varchar",
          "bpchar",
          "citext",
          "name",
          "uuid",
          "date",
          "timestamp",
          "timestamptz",
          "time",
          "numeric",
          "bool",
          "bytea",
          "inet",
          "cidr",
          "macaddr",
          "oid");

  public static boolean canBeKey(PostgresColumn column) {
    return INTEGERS.contains(column.base())
        || TEXTS.contains(column.base())
        || column.kind().equals("e");
  }

  boolean integer() {
    return INTEGERS.contains(source.base());
  }

  KeyOrder.Part order() {
    return integer() || source.base().equals("uuid")
        ? KeyOrder.Part.NATURAL
        : KeyOrder.Part.COLLATED;
  }

  /** True when the ghost orders the values as the source does. */
  boolean sameOrder() {
    return source.sameTypeAs(ghost) || (integer() && INTEGERS.contains(ghost.base()));
  }

  String select(String alias) {
    return written(alias + Sql.quote(source.name()));
  }

  /** The ghost's value as if it were the source's. */
  String selectGhost(String alias) {
    return written("CAST(%s%s AS %s)".formatted(alias, Sql.quote(ghost.name()), source.type()));
  }

  /** As the stream has it, whatever the session's settings are. */
  private String written(String value) {
    return switch (source.base()) {
      case "int2", "int4", "int8" -> value;
      case "bytea" -> "('\\x' || encode(%s, 'hex'))".formatted(value);
      case "timestamptz" ->
          "(CASE WHEN isfinite(%1$s) THEN regexp_replace((%1$s AT TIME ZONE 'UTC')::text, '(| BC)$', '+00\\1') ELSE %1$s::text END)"
              .formatted(value);
      default -> value + "::text";
    };
  }

  /** A value of a parameter or of a list, in the source's type. */
  String asSource(String value) {
    return "CAST(%s AS %s)".formatted(value, source.type());
  }

  String asGhost(String value) {
    return source.type().equals(ghost.type())
        ? asSource(value)
        : "CAST(%s AS %s)".formatted(asSource(value), ghost.type());
  }

  String listType() {
    return integer() ? "bigint" : "text";
  }

  /** Binds one of its values. */
  Fragment.Binding binding(Object value) {
    return integer()
        ? (statement, index) -> statement.setLong(index, (Long) value)
        : (statement, index) -> statement.setString(index, (String) value);
  }

  /** Binds a list of its values. */
  Fragment.Binding list(List<Object> values) {
    return (statement, index) ->
        statement.setArray(
            index, statement.getConnection().createArrayOf(listType(), values.toArray()));
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public Object read(ResultSet rs, int index) throws SQLException {
    return integer() ? (Object) rs.getLong(index) : rs.getString(index);
  }

  /** A value as the stream has it. */
  public Object parse(String text) {
    return integer() ? (Object) Long.valueOf(text) : text;
  }

  @Override
  public String describe(Object value) {
    return integer() ? value.toString() : "'" + value + "'";
  }
}
