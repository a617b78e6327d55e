package dev.ghost.api;

import java.util.List;
import java.util.stream.Stream;

/**
 * What the server's own ALTER made of a sample of the table, compared with what ghost made of it.
 * Definition and values were the same, but for accepted differences.
 *
 * @param rows the rows of the sample
 * @param columns the columns of the new table whose values were compared
 * @param differences accepted ones, for people: column, key, and both values
 * @param warnings what the user should know of how it was done
 */
public record ServerComparison(
    int rows, List<String> columns, List<String> differences, List<String> warnings) {

  public ServerComparison {
    columns = List.copyOf(columns);
    differences = List.copyOf(differences);
    warnings = List.copyOf(warnings);
  }

  /** One of which there is nothing else to know. */
  public static ServerComparison of(int rows, List<String> columns, List<String> differences) {
    return new ServerComparison(rows, columns, differences, List.of());
  }

  /** The same with a warning. */
  public ServerComparison warned(String warning) {
    return new ServerComparison(
        rows, columns, differences, Stream.concat(warnings.stream(), Stream.of(warning)).toList());
  }

  /** For people, in one sentence. */
  @Override
  public String toString() {
    String what =
        rows == 0
            ? "Compared with the server's own ALTER, without a row: same definition"
            : "Compared with the server's own ALTER on %,d of your rows: same definition, %s"
                .formatted(rows, differences.isEmpty() ? "same values" : "accepted differences");
    return what + ".";
  }
}
