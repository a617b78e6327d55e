package dev.ghost.internal.request;

import dev.ghost.api.RefusedException;
import java.util.Collection;
import java.util.List;

/**
 * A name in a change that its table has nothing of.
 *
 * @param kind what it would be the name of, for people: {@code column}
 * @param existing the names of that kind that the table has
 */
public record MissingName(TableName table, String kind, String name, Collection<String> existing) {

  /** The refusal of the change, with the names that may have been meant. */
  public RefusedException refusal() {
    List<String> nearest = NearestNames.to(name, existing);
    return new RefusedException(
        "%s has no %s %s.".formatted(table, kind, name),
        (nearest.isEmpty() ? "" : "Nearest to it: %s. ".formatted(String.join(", ", nearest)))
            + "Correct the name; with IF EXISTS, what is not there is passed over.");
  }
}
