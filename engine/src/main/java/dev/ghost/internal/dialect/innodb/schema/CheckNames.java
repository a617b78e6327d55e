package dev.ghost.internal.dialect.innodb.schema;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the checks of a table are called in another that was created like it. MySQL gives them new
 * names there, because names of checks are those of a schema.
 *
 * @param names by those of the first table; whatever the letter case
 */
public record CheckNames(Map<String, String> names) {

  public CheckNames {
    Map<String, String> sorted = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    sorted.putAll(names);
    names = Collections.unmodifiableMap(sorted);
  }

  /**
   * Finds them by their conditions. Of several with one condition, it does not matter which is
   * which.
   *
   * @param ddl the definition of the table
   * @param like the definition of the one that was created like it
   */
  public static CheckNames of(String ddl, String like) {
    List<Check> left = new ArrayList<>(Check.of(like));
    Map<String, String> names = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (Check check : Check.of(ddl)) {
      if (!left.remove(check)) {
        left.stream()
            .filter(o -> o.condition().equals(check.condition()))
            .findFirst()
            .ifPresent(
                o -> {
                  names.put(check.name(), o.name());
                  left.remove(o);
                });
      }
    }
    return new CheckNames(names);
  }

  /** Its name in the other table; empty for one that is called the same, and for what is none. */
  public Optional<String> of(String name) {
    return Optional.ofNullable(names.get(name));
  }
}
