package dev.ghost.it;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A generated table {@code t}.
 *
 * @param before the statements that it needs to be made at all
 * @param parts the keys and constraints in the definition
 * @param options what follows the definition
 * @param after the statements that give it triggers, comments and a table that refers to it
 * @param mode the statements that prepare a session which writes rows
 */
record TwinTable(
    List<String> before,
    List<TwinColumn> columns,
    List<String> parts,
    String options,
    List<String> after,
    List<String> mode) {

  /** The statements that make it. */
  List<String> statements() {
    List<String> all = new ArrayList<>(before);
    all.add(
        "CREATE TABLE t (\n  "
            + Stream.concat(columns.stream().map(TwinColumn::definition), parts.stream())
                .collect(Collectors.joining(",\n  "))
            + ") "
            + options);
    all.addAll(after);
    return all;
  }

  /**
   * The statement that inserts a row.
   *
   * @param row a value for each column; those that the server makes are passed over
   */
  String insert(List<String> row) {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).written()) {
        names.add(columns.get(i).quoted());
        values.add(row.get(i));
      }
    }
    return "INSERT INTO t ("
        + String.join(", ", names)
        + ") VALUES ("
        + String.join(", ", values)
        + ")";
  }

  TwinTable withColumns(List<TwinColumn> fewer) {
    return new TwinTable(before, fewer, parts, options, after, mode);
  }

  TwinTable withParts(List<String> fewer) {
    return new TwinTable(before, columns, fewer, options, after, mode);
  }

  TwinTable withAfter(List<String> fewer) {
    return new TwinTable(before, columns, parts, options, fewer, mode);
  }
}
