package dev.ghost.it;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long each suite, and each test, has had a server, without the wait for it. The longest are
 * printed when all are over, because the times that a build tool shows contain that wait.
 */
final class SuiteTimes implements AutoCloseable {

  private static final int SHOWN = 40;

  private final Map<String, Duration> suites = new ConcurrentHashMap<>();
  private final Map<String, Duration> tests = new ConcurrentHashMap<>();

  void add(String suite, String test, String server, Duration time) {
    suites.merge(suite + " on " + server, time, Duration::plus);
    tests.merge(suite + "." + test + " on " + server, time, Duration::plus);
  }

  @Override
  public void close() {
    Duration all = suites.values().stream().reduce(Duration.ZERO, Duration::plus);
    System.out.printf("tests had their servers for %d s:%n", all.toSeconds());
    show(suites);
    System.out.println("of that, these tests:");
    show(tests);
  }

  private static void show(Map<String, Duration> times) {
    times.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(SHOWN)
        .forEach(e -> System.out.printf("%6d s  %s%n", e.getValue().toSeconds(), e.getKey()));
  }
}
