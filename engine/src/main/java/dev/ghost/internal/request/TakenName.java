package dev.ghost.internal.request;

import dev.ghost.api.RefusedException;
import java.util.Locale;

/**
 * One of ghost's names that something has which is not ghost's.
 *
 * @param kind what has it, as behind DROP: {@code view}
 * @param quoted the name as SQL
 */
public record TakenName(TableName name, String kind, String quoted) {

  public RefusedException refusal() {
    return refusal("");
  }

  /** The same for the name of the retired table, which can have another one. */
  public RefusedException refusalToRetire() {
    return refusal(" Or have the retired table called otherwise: --retired-table NAME.");
  }

  private RefusedException refusal(String otherwise) {
    return new RefusedException(
        "The name %s is taken by %s %s that this run did not make."
            .formatted(name, "aeiou".indexOf(kind.charAt(0)) < 0 ? "a" : "an", kind),
        "If nobody needs it any more: DROP %s %s;".formatted(kind.toUpperCase(Locale.ROOT), quoted)
            + otherwise);
  }
}
