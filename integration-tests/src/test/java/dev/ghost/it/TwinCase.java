package dev.ghost.it;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A table with rows, a change of it, and what is written meanwhile.
 *
 * @param seed of the random numbers that it was made from
 * @param rows a list of values each, one for each column
 * @param children the statements that insert rows which refer to the table
 * @param actions those of the change
 * @param untold the new columns whose values nobody can foretell
 */
record TwinCase(
    long seed,
    TwinTable table,
    List<List<String>> rows,
    List<String> children,
    List<String> actions,
    List<String> writes,
    Set<String> untold) {

  /** The same, and nothing is written meanwhile. */
  TwinCase unwritten() {
    return new TwinCase(seed, table, rows, children, actions, List.of(), untold);
  }

  String change() {
    return String.join(", ", actions);
  }

  /** All that one needs to see it again. */
  String text(Db db) {
    return """
    -- ./mvnw verify -DskipUnitTests -Dit.test=TwinTest -Dghost.db=%s -Dtwin.seed=%d
    -- the table:
    %s
    -- %d rows:
    %s
    -- the change:
    ALTER TABLE t %s;
    -- %d writes meanwhile:
    %s
    """
        .formatted(
            db.name().toLowerCase(Locale.ROOT),
            seed,
            lines(table.statements()),
            rows.size(),
            lines(table.mode())
                + rows.stream().map(r -> table.insert(r) + ";\n").collect(Collectors.joining())
                + lines(children),
            change(),
            writes.size(),
            lines(writes));
  }

  private static String lines(List<String> statements) {
    return statements.stream().map(s -> s + ";\n").collect(Collectors.joining());
  }

  TwinCase withTable(TwinTable smaller) {
    return new TwinCase(seed, smaller, rows, children, actions, writes, untold);
  }

  TwinCase withRows(List<List<String>> fewer) {
    return new TwinCase(seed, table, fewer, children, actions, writes, untold);
  }

  TwinCase withChildren(List<String> fewer) {
    return new TwinCase(seed, table, rows, fewer, actions, writes, untold);
  }

  TwinCase withActions(List<String> fewer) {
    return new TwinCase(seed, table, rows, children, fewer, writes, untold);
  }

  TwinCase withWrites(List<String> fewer) {
    return new TwinCase(seed, table, rows, children, actions, fewer, untold);
  }
}
