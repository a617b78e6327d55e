package dev.ghost.cli;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fast a run may go, and what holds it. */
final class PaceOptions {

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Chunks copied, and workers replaying changes, at once. Default: ${DEFAULT-VALUE}.")
  private int threads;

  @Option(
      names = "--chunk-time",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "How long a chunk should take. Default: ${DEFAULT-VALUE}.")
  private Duration chunkTime;

  @Option(
      names = "--max-load",
      paramLabel = "NAME=N",
      split = ",",
      description =
          "Holds the copy while the server's load is higher: a status variable; on PostgreSQL"
              + " active_backends, waiting_backends, idle_in_transaction.")
  private Map<String, Double> maxLoad = Map.of();

  @Option(
      names = "--critical-load",
      paramLabel = "NAME=N",
      split = ",",
      description = "Ends the run when the load is higher.")
  private Map<String, Double> criticalLoad = Map.of();

  @Option(
      names = "--throttle-query",
      paramLabel = "SQL",
      defaultValue = "",
      description = "Holds the copy while the first value of this query is not zero.")
  private String throttleQuery;

  @Option(
      names = "--throttle-http",
      paramLabel = "URL",
      description = "Holds the copy while a HEAD request is answered with anything but 200.")
  private @Nullable URI throttleHttp;

  @Option(
      names = "--throttle-file",
      paramLabel = "FILE",
      description = "Holds the copy while this file is there.")
  private @Nullable Path throttleFile;

  @Option(
      names = "--replica",
      paramLabel = "URL",
      description =
          "Holds the copy while this replica lags by more than --max-lag; may be repeated. Same"
              + " login, unless it names a user.")
  private List<String> replicas = List.of();

  @Option(
      names = "--discover-replicas",
      description = "Asks the server for its replicas: they count as if they were given.")
  private boolean discoverReplicas;

  @Option(
      names = "--max-lag",
      paramLabel = "TIME",
      converter = TimeConverter.class,
      description = "How far a replica may be behind. Default: ${DEFAULT-VALUE}.")
  private Duration maxLag;

  @Option(names = "--full-speed", description = "Does not give way to the application.")
  private boolean fullSpeed;

  @Option(
      names = "--max-rows-per-second",
      paramLabel = "N",
      defaultValue = "0",
      description = "Copies, and compares, no more rows a second. Default: no limit.")
  private double maxRows;

  @Option(
      names = "--copy-window",
      paramLabel = "FROM-UNTIL",
      description = "Copies and compares only at this time of the day: 22:00-04:30.")
  private @Nullable String copyWindow;

  void apply(dev.ghost.PaceOptions<?> builder) {
    builder
        .threads(threads)
        .chunkTime(chunkTime)
        .maxLoad(maxLoad)
        .criticalLoad(criticalLoad)
        .throttleQuery(throttleQuery)
        .maxLag(maxLag)
        .discoverReplicas(discoverReplicas)
        .maxRowsPerSecond(maxRows)
        .fullSpeed(fullSpeed);
    if (throttleHttp != null) {
      builder.throttleHttp(throttleHttp);
    }
    replicas.forEach(builder::replica);
    if (copyWindow != null) {
      builder.copyWindow(copyWindow);
    }
    if (throttleFile != null) {
      builder.throttleFile(throttleFile);
    }
  }
}
