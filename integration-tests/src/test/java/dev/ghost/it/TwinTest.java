package dev.ghost.it;

import dev.ghost.it.TwinOutcome.End;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever the table and the change, ghost makes of it what the server's own ALTER makes. Both are
 * drawn by chance, from a seed each.
 *
 * <p>{@code -Dtwin.seed=N} runs one; {@code -Dtwin.from=N -Dtwin.cases=M} runs some; {@code
 * -Dtwin.minutes=N} continues for that long.
 */
@OnServers
@Timeout(value = 24, unit = TimeUnit.HOURS)
class TwinTest {

  private static final int MOST_FAILURES = 20;
  private static final long SEED = Long.getLong("twin.seed", 0);
  private static final long FROM = Long.getLong("twin.from", 1);
  private static final int CASES = Integer.getInteger("twin.cases", 40);
  private static final int MINUTES = Integer.getInteger("twin.minutes", 0);

  @Provided private Db db;
  @Provided private Server server;

  private final Map<End, Integer> ends = new EnumMap<>(End.class);
  private final Map<String, Integer> reasons = new TreeMap<>();
  private final Set<String> seen = new HashSet<>();
  private final List<String> failures = new ArrayList<>();

  @Test
  void ghostAltersAsTheServerDoes() throws Exception {
    Instant begun = Instant.now();
    long seed = SEED != 0 ? SEED : FROM;
    do {
      run(seed++);
    } while (failures.size() < MOST_FAILURES && goesOn(seed, begun));
    System.out.printf(
        "twins on %s: %d cases, %s; by ghost alone: %s; %d different failures%n",
        db,
        ends.values().stream().mapToInt(Integer::intValue).sum(),
        ends,
        reasons,
        failures.size());
    if (!failures.isEmpty()) {
      throw new AssertionError(String.join("\n\n", failures));
    }
  }

  private static boolean goesOn(long next, Instant begun) {
    if (SEED != 0) {
      return false;
    }
    return MINUTES > 0
        ? Instant.now().isBefore(begun.plus(Duration.ofMinutes(MINUTES)))
        : next < FROM + CASES;
  }

  private void run(long seed) throws Exception {
    TwinCase made = TwinTables.of(db, seed).make();
    TwinOutcome outcome = TwinRun.of(db, server, made);
    ends.merge(outcome.end(), 1, Integer::sum);
    if (outcome.end() == End.REFUSED_BY_GHOST) {
      reasons.merge(outcome.said().substring(0, outcome.said().indexOf(':')), 1, Integer::sum);
    }
    if (outcome.end() == End.INVALID) {
      System.out.printf("twins on %s: no table of seed %d: %s%n", db, seed, outcome.said());
    }
    if (outcome.failed() && seen.add(outcome.signature())) {
      report(made, outcome);
    }
  }

  /** Nothing is reported twice, whatever it looks like before it is made smaller. */
  private void report(TwinCase made, TwinOutcome outcome) throws Exception {
    TwinShrinker.Found found =
        TwinShrinker.shrink(made, outcome, smaller -> TwinRun.of(db, server, smaller));
    boolean known =
        !found.outcome().signature().equals(outcome.signature())
            && !seen.add(found.outcome().signature());
    String text =
        "seed %d on %s, %s%s: %s%n%s"
            .formatted(
                made.seed(),
                db,
                found.outcome().kind(),
                known ? " as before" : "",
                found.outcome().said(),
                found.smallest().text(db));
    System.out.println(text);
    if (!known) {
      failures.add(text);
    }
  }
}
