package dev.ghost.internal.dialect;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How one row of the source differs from the ghost's row of the same key. Its values are the
 * user's: they belong into the message of an exception, and into no log.
 *
 * @param inSource false when the source has no such row
 * @param inGhost false when the ghost has none
 * @param values of the columns that differ; empty when a row is missing, or when none differs any
 *     more
 */
public record RowDifference(boolean inSource, boolean inGhost, List<Value> values) {

  /** Characters of a value that are shown. */
  public static final int SHOWN = 64;

  /**
   * The values of one column.
   *
   * @param column as the ghost calls it
   * @param sourceType the type of what it is computed from
   * @param source what the ghost should have; null for NULL; one character longer than {@link
   *     #SHOWN} where there is more
   * @param ghostType the type of the ghost's column
   * @param ghost what the ghost has; as {@code source}
   */
  public record Value(
      String column,
      String sourceType,
      @Nullable String source,
      String ghostType,
      @Nullable String ghost) {

    String text() {
      boolean alike = String.valueOf(source).equals(String.valueOf(ghost));
      return "%s: %s (%s) in the source, %s (%s) in the ghost%s"
          .formatted(
              column,
              shown(source),
              sourceType,
              shown(ghost),
              ghostType,
              alike ? "; they differ beyond what is shown" : "");
    }

    private static String shown(@Nullable String value) {
      if (value == null) {
        return "NULL";
      }
      return value.length() > SHOWN ? "'" + value.substring(0, SHOWN) + "'..." : "'" + value + "'";
    }
  }

  /**
   * A column that is compared.
   *
   * @param name as the ghost calls it
   * @param sourceType the type of what it is computed from
   * @param ghostType the type of the ghost's column
   */
  public record Column(String name, String sourceType, String ghostType) {}

  /**
   * Compares two rows of one key.
   *
   * @param source two texts for each column: one that is equal only for the same value, and the
   *     value as it is shown; empty when there is no such row
   * @param ghost the same of the ghost
   */
  public static RowDifference of(List<Column> columns, List<String> source, List<String> ghost) {
    List<Value> differing = new ArrayList<>();
    for (int i = 0; i < columns.size() && !source.isEmpty() && !ghost.isEmpty(); i++) {
      if (!Objects.equals(source.get(2 * i), ghost.get(2 * i))) {
        Column column = columns.get(i);
        differing.add(
            new Value(
                column.name,
                column.sourceType,
                source.get(2 * i + 1),
                column.ghostType,
                ghost.get(2 * i + 1)));
      }
    }
    return new RowDifference(!source.isEmpty(), !ghost.isEmpty(), differing);
  }

  /** Says it, for people, behind the key: in the same line, or in one for each column. */
  public String text() {
    if (!inSource || !inGhost) {
      return inSource == inGhost
          ? ": in neither table by now"
          : ": only in the " + (inSource ? "source" : "ghost");
    }
    return values.isEmpty()
        ? ": equal by now"
        : values.stream().map(v -> "\n    " + v.text()).collect(Collectors.joining("", ":", ""));
  }
}
