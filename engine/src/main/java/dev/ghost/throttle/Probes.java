package dev.ghost.throttle;

import dev.ghost.api.UsageException;
import dev.ghost.dialect.Workbench;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The probes that there are. */
public final class Probes {

  private Probes() {}

  /** A figure of the server's load beyond its limit. */
  public static List<Probe> load(Workbench bench, Map<String, Double> limits) {
    List<Probe> probes = new ArrayList<>();
    limits.forEach(
        (name, limit) ->
            probes.add(
                session -> {
                  OptionalDouble value = session.transaction(c -> bench.load(c, name));
                  if (value.isEmpty()) {
                    throw new UsageException(
                        "The server knows no figure of load named " + name + ".",
                        bench.loadFigures());
                  }
                  return value.getAsDouble() > limit
                      ? Optional.of(
                          "%s is %s, more than %s"
                              .formatted(name, shown(value.getAsDouble()), shown(limit)))
                      : Optional.empty();
                }));
    return probes;
  }

  /** A query of the user's whose first value is not zero. */
  public static Probe query(Workbench bench, String sql) {
    return session -> {
      double value = session.transaction(c -> bench.ask(c, sql));
      return value != 0 ? Optional.of("the throttle query says " + shown(value)) : Optional.empty();
    };
  }

  /** A file that is there. */
  public static Probe file(Path path) {
    return session ->
        Files.exists(path) ? Optional.of("the file " + path + " is there") : Optional.empty();
  }

  /** A time of the day that it is not. */
  public static Probe window(TimeWindow window) {
    return session ->
        window.open() ? Optional.empty() : Optional.of("it is not the time for it, " + window);
  }

  private static String shown(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
