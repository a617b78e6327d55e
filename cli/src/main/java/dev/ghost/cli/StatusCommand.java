package dev.ghost.cli;

import dev.ghost.api.MigrationStatus;
import dev.ghost.api.ResourceUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ghost status}. */
@Command(
    name = "status",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Shows the migrations that run on the server, or were interrupted. On PostgreSQL: those of"
            + " the database.",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ghost status --url mysql://app@db1/",
      "  ghost status --url postgresql://app@db1/shop --table orders --watch"
    })
final class StatusCommand extends ShortCommand {

  private static final long WATCH_MILLIS = 1_000;

  @Option(names = "--table", paramLabel = "NAME", description = "Only this table.")
  private @Nullable String table;

  @Option(names = "--watch", description = "Shows it again every second, until there is none.")
  private boolean watch;

  @Override
  void work() throws InterruptedException {
    LiveRegion live = watch && Boolean.getBoolean("ghost.terminal") ? new LiveRegion(out()) : null;
    List<MigrationStatus> found = found();
    while (watch && !found.isEmpty()) {
      show(found, live);
      Thread.sleep(WATCH_MILLIS);
      found = found();
    }
    show(found, live);
  }

  private List<MigrationStatus> found() {
    return connect().status().stream()
        .filter(s -> table == null || s.table().equals(table) || s.table().endsWith("." + table))
        .toList();
  }

  private void show(List<MigrationStatus> all, @Nullable LiveRegion live) {
    if (live != null && !json()) {
      live.show(all.stream().flatMap(s -> lines(s).stream()).toArray(String[]::new));
      return;
    }
    all.forEach(s -> say("status", Json.fields(s), String.join(System.lineSeparator(), lines(s))));
    if (all.isEmpty()) {
      note("No migration is running, and none was interrupted.");
    }
  }

  static List<String> lines(MigrationStatus s) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %s".formatted(s.table(), s.running() ? doing(s) : "INTERRUPTED, was " + doing(s)));
    lines.add("  " + s.change().strip().replaceAll("\\s+", " "));
    if (s.rowsEstimate() > 0) {
      lines.add(
          "  %s of about %s rows; %s%s keys pending, %s applied; stream lag %s"
              .formatted(
                  Format.number(s.rowsDone()),
                  Format.number(s.rowsEstimate()),
                  Format.pace(s.phase(), s.rowsDone(), s.rowsEstimate(), s.rowsPerSecond()),
                  Format.number(s.pendingKeys()),
                  Format.number(s.keysApplied()),
                  Format.time(Duration.ofMillis(s.streamLagMillis()))));
    }
    if (!s.throttled().isEmpty()) {
      lines.add("  HELD: " + s.throttled());
    } else if (!s.yielding().isEmpty()) {
      lines.add("  it " + s.yielding());
    }
    if (s.postponed()) {
      lines.add("  the cutover is postponed: it waits for ghost cutover");
    }
    s.acceptedDifferences().forEach(d -> lines.add("  accepted: " + d));
    if (s.comparedAt() != null) {
      lines.add("  compared %s ago: both tables were equal".formatted(since(s.comparedAt())));
    }
    ResourceUsage footprint = s.footprint();
    if (footprint.ghostBytes() > 0) {
      lines.add(
          "  the new table takes %s MB%s"
              .formatted(
                  Format.number(footprint.ghostBytes() >> 20),
                  footprint.keptLogBytes() == 0
                      ? ""
                      : "; the server keeps %s MB of log for the change stream"
                          .formatted(Format.number(footprint.keptLogBytes() >> 20))));
    }
    if (footprint.logBytes() > 0) {
      lines.add(
          "  the server's log takes %s MB, %+d MB since the start; deadlocks since then: %s"
              .formatted(
                  Format.number(footprint.logBytes() >> 20),
                  footprint.logGrowthBytes() >> 20,
                  Format.number(footprint.deadlocks())));
    }
    footprint.inTheWay().forEach(line -> lines.add("  IN THE WAY OF THE CUTOVER: " + line));
    footprint.waiting().forEach(line -> lines.add("  WAITS FOR THIS MIGRATION: " + line));
    if (s.startedAt() != null) {
      lines.add(
          "  by %s, since %s%s"
              .formatted(
                  s.process(),
                  s.startedAt(),
                  s.updatedAt() == null
                      ? ""
                      : ", last heard of %s ago".formatted(since(s.updatedAt()))));
    }
    if (!s.lastOrder().isEmpty()) {
      lines.add("  last order: " + s.lastOrder());
    }
    if (!s.running()) {
      lines.add("  the same ghost alter continues with it; ghost cleanup removes what it left");
    }
    return lines;
  }

  private static String since(Instant time) {
    return Format.time(Duration.between(time, Instant.now()));
  }

  private static String doing(MigrationStatus s) {
    return s.phase().isEmpty() ? "starting" : "in the phase " + s.phase();
  }
}
