package dev.ghost.cli;

import dev.ghost.RunOptions;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** When and how patiently the tables are swapped, and what is proven before. */
final class CutoverOptions {

  @Option(
      names = "--skip-verify",
      description = "Cuts over without comparing the tables. Not advised.")
  private boolean skipVerify;

  @Option(
      names = "--cutover-window",
      paramLabel = "FROM-UNTIL",
      description = "Cuts over only at this time of the day.")
  private @Nullable String cutoverWindow;

  @Option(
      names = "--postpone-cutover",
      description = "Waits for ghost cutover, verified and in step, for as long as it takes.")
  private boolean postponeCutover;

  @Option(
      names = "--verify-every",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Compares the tables again while the cutover waits. Default: ${DEFAULT-VALUE}.")
  private Duration verifyEvery;

  @Option(
      names = "--lock-timeout",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "How long the application may wait behind the cutover's lock. Default: ${DEFAULT-VALUE}.")
  private Duration lockTimeout;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "How long the last changes may take to arrive under the lock. Default: ${DEFAULT-VALUE}.")
  private Duration drainTimeout;

  @Option(
      names = "--max-stall",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "How long one transaction of the application may wait for the cutover, over all tries."
              + " Default: twice --lock-timeout.")
  private @Nullable Duration maxStall;

  @Option(
      names = "--cutover-tries",
      paramLabel = "N",
      description = "How often the cutover is tried. Default: ${DEFAULT-VALUE}.")
  private int cutoverTries;

  @Option(
      names = "--cutover-kill-blockers-after",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "So long after the first try, ends the sessions that are in its way. Default: never.")
  private @Nullable Duration killBlockersAfter;

  @Option(
      names = "--long-transaction",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description =
          "Warns of sessions that hold a lock on the table for so long. Default: ${DEFAULT-VALUE}.")
  private Duration longTransaction;

  @Option(
      names = "--max-duration",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "Stops a run that takes longer; the same command continues. Default: no limit.")
  private @Nullable Duration maxDuration;

  @Option(
      names = "--max-disk",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "Stops when the new table takes more. Default: no limit.")
  private @Nullable Long maxDisk;

  @Option(
      names = "--max-log",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description =
          "PostgreSQL: stops when the server keeps more log for the run. Default:"
              + " ${DEFAULT-VALUE}.")
  private long maxLog;

  void apply(RunOptions<?> builder) {
    builder
        .verify(!skipVerify)
        .postponeCutover(postponeCutover)
        .verifyEvery(verifyEvery)
        .lockTimeout(lockTimeout)
        .drainTimeout(drainTimeout)
        .cutoverTries(cutoverTries)
        .longTransaction(longTransaction)
        .maxLog(maxLog);
    if (killBlockersAfter != null) {
      builder.cutoverKillBlockersAfter(killBlockersAfter);
    }
    if (maxStall != null) {
      builder.maxStall(maxStall);
    }
    if (maxDuration != null) {
      builder.maxDuration(maxDuration);
    }
    if (maxDisk != null) {
      builder.maxDisk(maxDisk);
    }
    if (cutoverWindow != null) {
      builder.cutoverWindow(cutoverWindow);
    }
  }

  /** Reads {@code 500MB}, {@code 32GB}; a bare number is bytes. */
  static final class SizeConverter implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("([0-9]+)([KMGT]?)B?");

    @Override
    public Long convert(String text) {
      Matcher size = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
      try {
        if (size.matches()) {
          long unit = 1L << (10 * Math.max(0, "BKMGT".indexOf(size.group(2))));
          return Math.multiplyExact(Long.parseLong(size.group(1)), unit);
        }
      } catch (ArithmeticException | NumberFormatException e) {
        throw new TypeConversionException("'" + text + "' is more than any disk has");
      }
      throw new TypeConversionException("'" + text + "' is not a size; write 500MB or 32GB");
    }
  }
}
