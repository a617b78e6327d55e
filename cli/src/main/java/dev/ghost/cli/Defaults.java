package dev.ghost.cli;

import dev.ghost.DefaultSettings;
import dev.ghost.api.UsageException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Gives an option its value when it is not on the command line. Its environment variable comes
 * first: {@code --lock-timeout} is GHOST_LOCK_TIMEOUT. Then comes its line in the configuration
 * file, {@code lock-timeout = 2s}. The library's own default is the last.
 */
final class Defaults implements IDefaultValueProvider {

  private static final String CONFIG = "--config";
  private static final String JSON = "json";

  private static final Map<String, String> LIBRARY =
      Map.of(
          "--threads", Integer.toString(DefaultSettings.THREADS),
          "--chunk-time", time(DefaultSettings.CHUNK_TIME),
          "--max-lag", time(DefaultSettings.MAX_LAG),
          "--lock-timeout", time(DefaultSettings.LOCK_TIMEOUT),
          "--drain-timeout", time(DefaultSettings.DRAIN_TIMEOUT),
          "--cutover-tries", Integer.toString(DefaultSettings.CUTOVER_TRIES),
          "--verify-every", time(DefaultSettings.VERIFY_EVERY),
          "--long-transaction", time(DefaultSettings.LONG_TRANSACTION),
          "--max-log", (DefaultSettings.MAX_LOG >> 30) + "GB");

  private final Properties file;
  private final UnaryOperator<String> environment;

  private Defaults(Properties file, UnaryOperator<String> environment) {
    this.file = file;
    this.environment = environment;
  }

  /**
   * With the configuration file that the arguments or GHOST_CONFIG name, if they do.
   *
   * @param environment null for a variable that is not set
   * @throws UsageException if it cannot be read, or has a line that no command knows
   */
  static Defaults of(String[] args, UnaryOperator<String> environment) {
    Properties file = new Properties();
    String path = given(args, CONFIG, environment);
    if (path != null) {
      try (Reader reader = Files.newBufferedReader(Path.of(path))) {
        file.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new UsageException(
            "The configuration file %s cannot be read: %s".formatted(path, e.getMessage()),
            "Check the name that --config or GHOST_CONFIG gives.",
            e);
      }
      refuseUnknown(path, file);
    }
    return new Defaults(file, environment);
  }

  /**
   * Tells whether the arguments, or else the environment, want JSON; also where the rest of them
   * cannot be read.
   */
  static boolean json(String[] args, UnaryOperator<String> environment) {
    return JSON.equalsIgnoreCase(given(args, FormatOption.NAME, environment));
  }

  /** Tells the same, where the configuration file is read: it counts where nobody else says. */
  boolean wantsJson(String[] args) {
    String given = given(args, FormatOption.NAME, environment);
    return JSON.equalsIgnoreCase(given == null ? file.getProperty("output") : given);
  }

  /** What the arguments, or else the environment, say; null when they say nothing. */
  private static @Nullable String given(
      String[] args, String option, UnaryOperator<String> environment) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith(option + "=")) {
        return args[i].substring(option.length() + 1);
      }
      if (args[i].equals(option) && i + 1 < args.length) {
        return args[i + 1];
      }
    }
    return environment.apply(variable(option));
  }

  private static void refuseUnknown(String path, Properties file) {
    Set<String> unknown = new TreeSet<>(file.stringPropertyNames());
    Main.commands()
        .getSubcommands()
        .values()
        .forEach(c -> c.getCommandSpec().options().forEach(o -> unknown.remove(key(o))));
    if (!unknown.isEmpty()) {
      throw new UsageException(
          "The configuration file %s has lines for what is no option: %s."
              .formatted(path, String.join(", ", unknown)),
          unknown.contains("password")
              ? "Name a file that holds the password: password-file = /etc/ghost/password"
              : "Write them as ghost alter --help does, without the dashes: lock-timeout = 2s");
    }
  }

  @Override
  public @Nullable String defaultValue(ArgSpec arg) {
    if (!(arg instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
      return null;
    }
    String variable = environment.apply(variable(option.longestName()));
    return variable != null
        ? variable
        : file.getProperty(key(option), LIBRARY.get(option.longestName()));
  }

  /** Writes a time as the command line does: {@code 500ms}, {@code 5s}, {@code 1m}, {@code 1h}. */
  static String time(Duration time) {
    if (time.toMillisPart() != 0) {
      return time.toMillis() + "ms";
    }
    if (time.toSecondsPart() != 0) {
      return time.toSeconds() + "s";
    }
    return time.toMinutesPart() == 0 ? time.toHours() + "h" : time.toMinutes() + "m";
  }

  private static String key(OptionSpec option) {
    return option.longestName().replaceFirst("^-+", "");
  }

  private static String variable(String option) {
    return "GHOST_" + option.replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
  }
}
