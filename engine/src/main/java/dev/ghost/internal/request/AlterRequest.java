package dev.ghost.internal.request;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the user asked for.
 *
 * @param table the table to alter
 * @param change what follows {@code ALTER TABLE name} in the statement
 * @param expressions by a column of the new schema, an expression over the source's columns that
 *     fills it
 * @param companions other tables that are altered at the same time, and swapped together with it
 * @param retired the name that the retired table is to have, where one was chosen
 */
public record AlterRequest(
    TableName table,
    String change,
    Map<String, String> expressions,
    Set<TableName> companions,
    Optional<String> retired) {

  private static final String REVERT = "REVERT";

  public AlterRequest {
    expressions = Map.copyOf(expressions);
    companions = Set.copyOf(companions);
  }

  public AlterRequest(TableName table, String change) {
    this(table, change, Map.of(), Set.of(), Optional.empty());
  }

  /** Asks for the retired table of an earlier change. */
  public static AlterRequest revert(TableName table, Map<String, String> expressions) {
    return new AlterRequest(table, REVERT, expressions, Set.of(), Optional.empty());
  }

  /** True for the text of a {@link #revert}. */
  public static boolean reverts(String text) {
    return text.equals(REVERT) || text.startsWith(REVERT + "\n");
  }

  public AlterRequest withExpressions(Map<String, String> wanted) {
    return new AlterRequest(table, change, wanted, companions, retired);
  }

  public AlterRequest withCompanions(Set<TableName> wanted) {
    return new AlterRequest(table, change, expressions, wanted, retired);
  }

  public AlterRequest withRetired(Optional<String> wanted) {
    return new AlterRequest(table, change, expressions, companions, wanted);
  }

  /** All of it but the tables, as text: two requests with the same text ask for the same. */
  public String text() {
    StringBuilder text = new StringBuilder(change);
    new TreeMap<>(expressions)
        .forEach(
            (column, expression) ->
                text.append("\nSET ").append(column).append(" = ").append(expression));
    retired.ifPresent(name -> text.append("\nRETIRED AS ").append(name));
    return text.toString();
  }
}
