package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.plan.Mentions;
import java.util.List;

/**
 * An index as the server describes it.
 *
 * @param definition {@code CREATE INDEX ...}, qualified
 * @param constraint the definition of the constraint that it serves; empty when it serves none
 * @param exclusion true when it serves an exclusion constraint
 * @param key true when it can find and order rows: a B-tree, valid, immediate, total, on plain
 *     columns
 * @param columns the key columns; an expression's is empty
 * @param parts the key columns and expressions, as SQL over the table's columns
 * @param operators by which two rows are in each other's way, for each part
 * @param predicate of a partial index; else empty
 * @param nullsEqual true for NULLS NOT DISTINCT
 */
public record PostgresIndex(
    String name,
    String definition,
    String constraint,
    boolean primary,
    boolean unique,
    boolean exclusion,
    boolean replicaIdentity,
    boolean clustered,
    boolean key,
    List<String> columns,
    List<String> parts,
    List<String> operators,
    String predicate,
    boolean nullsEqual) {

  public boolean forbids() {
    return unique || exclusion;
  }

  /** True when it has to do with a column; perhaps also when something else has its name. */
  public boolean concerns(PostgresColumn column) {
    return columns.contains(column.name()) || Mentions.of(column.name()).test(parts + predicate);
  }
}
