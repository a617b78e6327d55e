package dev.ghost.internal.plan;

import java.util.List;
import java.util.Optional;

/**
 * A column of a unique index of the source, and what the change makes of it.
 *
 * @param type for people
 * @param lost why no column of the ghost takes its values as they are; empty when one does
 * @param exact true when values of the type sort and compare exactly
 * @param merged why the ghost would not keep its values apart; empty when it does
 */
public record KeyPart(
    String name,
    String type,
    boolean nullable,
    Optional<String> lost,
    boolean exact,
    Optional<String> merged) {

  /** Why an index of these columns cannot be the chunk key; empty when it can. */
  public static Optional<String> whyNot(List<KeyPart> parts) {
    return parts.stream().flatMap(p -> p.whyNot().stream()).findFirst();
  }

  private Optional<String> whyNot() {
    if (nullable) {
      return Optional.of(name + " can be NULL");
    }
    if (lost.isPresent()) {
      return lost;
    }
    return exact
        ? merged
        : Optional.of("%s is %s, which does not sort and compare exactly".formatted(name, type));
  }
}
