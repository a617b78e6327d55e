package dev.ghost.internal.plan;

import static java.util.Comparator.comparing;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.request.TableName;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A unique index of the source, which may become the chunk key.
 *
 * @param <K> what a dialect makes of the chunk key
 */
public sealed interface KeyCandidate<K> {

  /**
   * One that can.
   *
   * @param cost what its use takes; the lowest is chosen
   */
  record Fit<K>(K key, int cost) implements KeyCandidate<K> {}

  /** One that cannot, and why. */
  record Unfit<K>(String index, String reason) implements KeyCandidate<K> {}

  /**
   * Chooses the chunk key; of those that cost the same, the first.
   *
   * @param candidates all unique indexes of the source
   * @param remedy what the user can do when there is none
   * @throws RefusedException when there is none, with the reason for each
   */
  static <K> K choose(TableName source, List<KeyCandidate<K>> candidates, String remedy) {
    return candidates.stream()
        .flatMap(c -> c instanceof Fit<K> fit ? Stream.of(fit) : Stream.empty())
        .min(comparing(Fit::cost))
        .map(Fit::key)
        .orElseThrow(() -> refusal(source, candidates, remedy));
  }

  private static <K> RefusedException refusal(
      TableName source, List<KeyCandidate<K>> candidates, String remedy) {
    String reasons =
        candidates.stream()
            .map(c -> (Unfit<K>) c)
            .map(u -> "\n  %s: %s".formatted(u.index(), u.reason()))
            .collect(Collectors.joining());
    return new RefusedException(
        "%s has no key that can order the copy:%s"
            .formatted(source, reasons.isEmpty() ? " no primary key, and no unique key." : reasons),
        remedy);
  }
}
