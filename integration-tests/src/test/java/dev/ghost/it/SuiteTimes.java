package dev.ghost.it;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long the tests of each suite have had a server, without their wait for it. Printed when all
 * are over, because the times that a build tool shows contain that wait.
 */
final class SuiteTimes implements AutoCloseable {

  private static final int SHOWN = 40;

  private final Map<String, Duration> times = new ConcurrentHashMap<>();

  void add(String suite, Duration time) {
    times.merge(suite, time, Duration::plus);
  }

  @Override
  public void close() {
    Duration all = times.values().stream().reduce(Duration.ZERO, Duration::plus);
    System.out.printf("tests had their servers for %d s:%n", all.toSeconds());
    times.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(SHOWN)
        .forEach(e -> System.out.printf("%6d s  %s%n", e.getValue().toSeconds(), e.getKey()));
  }
}
