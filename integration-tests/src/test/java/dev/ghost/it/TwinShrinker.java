package dev.ghost.it;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Makes a case that fails smaller, as long as it fails in the same way. */
final class TwinShrinker {

  private static final int TRIES = 40;
  private static final Duration TIME = Duration.ofMinutes(3);

  /** Runs a case. */
  @FunctionalInterface
  interface Trial {
    TwinOutcome run(TwinCase smaller) throws Exception;
  }

  /** The smallest one that was found, and how it fails. */
  record Found(TwinCase smallest, TwinOutcome outcome) {}

  /** Something that a case has some of. */
  @SuppressWarnings("ImmutableEnumChecker") // functions without a state
  private enum Aspect {
    ACTIONS(c -> c.actions().size(), (c, keep) -> c.withActions(keep.of(c.actions()))),
    AFTER(
        c -> c.table().after().size(),
        (c, keep) -> c.withTable(c.table().withAfter(keep.of(c.table().after())))),
    CHILDREN(c -> c.children().size(), (c, keep) -> c.withChildren(keep.of(c.children()))),
    WRITES(c -> c.writes().size(), (c, keep) -> c.withWrites(keep.of(c.writes()))),
    PARTS(
        c -> c.table().parts().size(),
        (c, keep) -> c.withTable(c.table().withParts(keep.of(c.table().parts())))),
    COLUMNS(
        c -> c.table().columns().size(),
        (c, keep) ->
            c.withTable(c.table().withColumns(keep.of(c.table().columns())))
                .withRows(c.rows().stream().map(keep::of).toList())),
    ROWS(c -> c.rows().size(), (c, keep) -> c.withRows(keep.of(c.rows())));

    private final Function<TwinCase, Integer> size;
    private final BiFunction<TwinCase, Gap, TwinCase> without;

    Aspect(Function<TwinCase, Integer> size, BiFunction<TwinCase, Gap, TwinCase> without) {
      this.size = size;
      this.without = without;
    }

    /** Of many, some are left out at a time. */
    boolean many() {
      return this == ROWS || this == WRITES;
    }
  }

  /** What is left out of a list, from a place to before another. */
  private record Gap(int from, int to) {

    <T> List<T> of(List<T> all) {
      List<T> kept = new ArrayList<>(all.subList(0, from));
      kept.addAll(all.subList(Math.min(to, all.size()), all.size()));
      return kept;
    }
  }

  private final Trial trial;
  private Found found;
  private final Instant end = Instant.now().plus(TIME);
  private int tries;

  private TwinShrinker(Found found, Trial trial) {
    this.found = found;
    this.trial = trial;
  }

  static Found shrink(TwinCase failed, TwinOutcome outcome, Trial trial) throws Exception {
    TwinShrinker shrinker = new TwinShrinker(new Found(failed, outcome), trial);
    for (Aspect aspect : Aspect.values()) {
      shrinker.shrink(aspect);
    }
    return shrinker.found;
  }

  private void shrink(Aspect aspect) throws Exception {
    int size = aspect.size.apply(found.smallest);
    int step = aspect.many() ? size : 1;
    while (step > 0) {
      int at = 0;
      while (at < aspect.size.apply(found.smallest)
          && tries < TRIES
          && Instant.now().isBefore(end)) {
        at = without(aspect, new Gap(at, at + step)) ? at : at + step;
      }
      step /= 2;
    }
  }

  private boolean without(Aspect aspect, Gap gap) throws Exception {
    TwinCase smaller = aspect.without.apply(found.smallest, gap);
    if (smaller.actions().isEmpty()) {
      return false;
    }
    tries++;
    TwinOutcome outcome = trial.run(smaller);
    if (!outcome.like(found.outcome)) {
      return false;
    }
    found = new Found(smaller, outcome);
    return true;
  }
}
