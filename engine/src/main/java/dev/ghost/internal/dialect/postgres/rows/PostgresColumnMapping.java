package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.RowDifference;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.sql.ExpressionText;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.util.Optional;

/**
 * Where a column of the ghost gets its values.
 *
 * @param using the expression over the source's columns that the change gives; empty when there is
 *     none
 */
public record PostgresColumnMapping(
    PostgresColumn ghost, PostgresColumn source, Optional<String> using) {

  /** What the copy selects for it, from the source {@code s}. */
  String expression() {
    return using.map(u -> "(" + u + ")").orElse("s." + Sql.quote(source.name()));
  }

  /** The same as a value of the ghost's type. */
  String value() {
    String value =
        using.isEmpty() && source.type().equals(ghost.type())
            ? expression()
            : "CAST(%s AS %s)".formatted(expression(), ghost.type());
    return collated(value);
  }

  /** Two columns of different collations cannot be compared unless one is told to give way. */
  private String collated(String value) {
    return ghost.collation().isEmpty() || (using.isEmpty() && source.sameTypeAs(ghost))
        ? value
        : "(%s COLLATE %s)".formatted(value, ghost.collation());
  }

  /** True when two readings of a row that stays as it is give the same value. */
  public boolean steady() {
    return using.filter(ExpressionText::changes).isEmpty();
  }

  public String describe() {
    if (using.isPresent() && source.equals(ghost)) {
      return "%s: %s, by %s".formatted(ghost.name(), ghost.type(), using.get());
    }
    String renamed = source.name().equals(ghost.name()) ? "" : " (was " + source.name() + ")";
    String type =
        source.sameTypeAs(ghost)
            ? ghost.type()
            : described(source) + " -> " + described(ghost) + using.map(u -> " by " + u).orElse("");
    return ghost.name() + renamed + ": " + type;
  }

  /** The column as it is compared. */
  RowDifference.Column compared() {
    return new RowDifference.Column(
        ghost.name(), using.map(u -> "by " + u).orElse(described(source)), described(ghost));
  }

  private static String described(PostgresColumn c) {
    return c.collation().isEmpty() ? c.type() : c.type() + " " + c.collation();
  }
}
