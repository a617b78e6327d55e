package dev.ghost.plan;

import java.util.Map;
import java.util.TreeMap;

/**
 * What the user asked for.
 *
 * @param table the table to alter
 * @param change what follows {@code ALTER TABLE name} in the statement
 * @param expressions by a column of the new schema, an expression over the source's columns that
 *     fills it
 */
public record AlterRequest(TableName table, String change, Map<String, String> expressions) {

  public AlterRequest {
    expressions = Map.copyOf(expressions);
  }

  public AlterRequest(TableName table, String change) {
    this(table, change, Map.of());
  }

  public AlterRequest withExpressions(Map<String, String> wanted) {
    return new AlterRequest(table, change, wanted);
  }

  /** All of it but the table, as text: two requests with the same text ask for the same. */
  public String text() {
    StringBuilder text = new StringBuilder(change);
    new TreeMap<>(expressions)
        .forEach(
            (column, expression) ->
                text.append("\nSET ").append(column).append(" = ").append(expression));
    return text.toString();
  }
}
