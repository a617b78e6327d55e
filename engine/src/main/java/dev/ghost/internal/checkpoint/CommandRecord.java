package dev.ghost.internal.checkpoint;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.LiveSettings;
import dev.ghost.internal.storage.StoredJson;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A command as it travels through the journal, and what became of it. Who sent it stays recorded
 * there.
 *
 * @param kind of {@link ControlCommand.Kind}, lower case
 * @param settings by the names that they have on the command line
 * @param by who sent it: user and host
 * @param at when, by his clock
 * @param taken false when it was not
 * @param answer for people; empty until there is one
 */
public record CommandRecord(
    String kind, Map<String, String> settings, String by, String at, boolean taken, String answer) {

  private static final String CHUNK_TIME = "chunk-time";
  private static final String THREADS = "threads";
  private static final String MAX_ROWS = "max-rows-per-second";
  private static final String FULL_SPEED = "full-speed";
  private static final String MAX_LOAD = "max-load";
  private static final String CRITICAL_LOAD = "critical-load";

  private static final Set<String> KNOWN =
      Set.of(CHUNK_TIME, THREADS, MAX_ROWS, FULL_SPEED, MAX_LOAD, CRITICAL_LOAD);

  public CommandRecord(ControlCommand command, String by, String at) {
    this(
        command.kind().name().toLowerCase(Locale.ROOT),
        written(command.settings()),
        by,
        at,
        false,
        "");
  }

  /**
   * Returns the command.
   *
   * @throws IllegalArgumentException if another version has sent what this one does not know
   */
  public ControlCommand command() {
    return new ControlCommand(
        ControlCommand.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), read(settings));
  }

  public CommandRecord answered(boolean nowTaken, String text) {
    return new CommandRecord(kind, settings, by, at, nowTaken, text);
  }

  public String text() {
    return StoredJson.write(this);
  }

  public static CommandRecord of(String text) {
    return StoredJson.read(text, CommandRecord.class);
  }

  private static Map<String, String> written(LiveSettings settings) {
    Map<String, String> written = new LinkedHashMap<>();
    settings.chunkTime().ifPresent(t -> written.put(CHUNK_TIME, t.toMillis() + "ms"));
    settings.threads().ifPresent(n -> written.put(THREADS, n.toString()));
    settings.maxRowsPerSecond().ifPresent(n -> written.put(MAX_ROWS, number(n)));
    settings.fullSpeed().ifPresent(f -> written.put(FULL_SPEED, f.toString()));
    settings.maxLoad().ifPresent(l -> written.put(MAX_LOAD, limits(l)));
    settings.criticalLoad().ifPresent(l -> written.put(CRITICAL_LOAD, limits(l)));
    return written;
  }

  private static LiveSettings read(Map<String, String> written) {
    Set<String> unknown = new TreeSet<>(written.keySet());
    unknown.removeAll(KNOWN);
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "%s cannot be set by this version of ghost.".formatted(String.join(", ", unknown)));
    }
    return new LiveSettings(
        text(written, CHUNK_TIME)
            .map(t -> Duration.ofMillis(Long.parseLong(t.substring(0, t.length() - 2)))),
        text(written, THREADS).map(Integer::valueOf),
        text(written, MAX_ROWS).map(Double::valueOf),
        text(written, FULL_SPEED).map(Boolean::valueOf),
        text(written, MAX_LOAD).map(CommandRecord::limits),
        text(written, CRITICAL_LOAD).map(CommandRecord::limits));
  }

  private static Optional<String> text(Map<String, String> written, String name) {
    return Optional.ofNullable(written.get(name));
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String limits(Map<String, Double> limits) {
    return new TreeMap<>(limits)
        .entrySet().stream()
            .map(e -> e.getKey() + "=" + number(e.getValue()))
            .collect(Collectors.joining(","));
  }

  private static Map<String, Double> limits(String written) {
    return List.of(written.split(",")).stream()
        .filter(l -> !l.isEmpty())
        .map(l -> l.split("=", 2))
        .collect(Collectors.toMap(l -> l[0], l -> Double.valueOf(l[1])));
  }

  /** For people. */
  @Override
  public String toString() {
    StringBuilder words = new StringBuilder(kind);
    new TreeMap<>(settings).forEach((k, v) -> words.append(" ").append(k).append("=").append(v));
    return words.append(" by ").append(by).append(" at ").append(at).toString();
  }
}
