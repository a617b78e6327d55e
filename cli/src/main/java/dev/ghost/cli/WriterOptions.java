package dev.ghost.cli;

import dev.ghost.RunOptions;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * What the user knows of those who write, or are sent what is written, and the server cannot tell.
 */
final class WriterOptions {

  @Option(
      names = "--assume-one-writer",
      description =
          "All writes to the table come to this server, although it is one of several that take"
              + " writes: a node of a Galera cluster, one of several primaries, a replica that is"
              + " not read-only. Such servers are refused otherwise.")
  private boolean assumeOneWriter;

  @Option(
      names = "--accept-publication",
      paramLabel = "NAME",
      description =
          "Anyone who reads this publication of all tables (PostgreSQL) passes over tables that it"
              + " does not know, as Debezium does; may be repeated. Refused otherwise where a"
              + " replication slot could be for it: a subscriber stops at the ghost's rows.")
  private List<String> acceptedPublications = List.of();

  void apply(RunOptions<?> builder) {
    builder
        .assumeOneWriter(assumeOneWriter)
        .acceptPublication(acceptedPublications.toArray(String[]::new));
  }
}
