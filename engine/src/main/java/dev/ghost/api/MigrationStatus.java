package dev.ghost.api;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a migration from the journal in its database. The run itself writes this record
 * there, once a second; table, change and whether it runs are looked up by who reads it.
 *
 * @param table the table that is altered, {@code schema.table}
 * @param change what is done to it
 * @param running true while a process works on it; otherwise it was interrupted, and the same
 *     command continues with it
 * @param phase what it was doing, in lower case; empty when it has not said yet
 * @param rowsDone as in {@link Progress}
 * @param rowsEstimate as in {@link Progress}
 * @param rowsPerSecond as in {@link Progress}
 * @param pendingKeys as in {@link Progress}
 * @param keysApplied as in {@link Progress}
 * @param streamLagMillis how far the change stream is behind the server
 * @param throttled as in {@link Progress}, but "" for none: it is stored so
 * @param yielding as in {@link Progress}, but "" for none: it is stored so
 * @param postponed true when the cutover waits for a command
 * @param acceptedDifferences as in {@link MigrationResult}
 * @param comparedAt when the last whole comparison ended in which both tables were equal, by the
 *     clock of the process; null when there was none yet
 * @param startedAt when the process began, by its clock; null when it has not said
 * @param updatedAt when it said all this, by its clock; null when it has not
 * @param process who runs it: user, host and process number
 * @param lastOrder the last command it took, who sent it and when; empty when there was none
 * @param footprint what it costs the server, and who is in its way
 */
public record MigrationStatus(
    String table,
    String change,
    boolean running,
    String phase,
    long rowsDone,
    long rowsEstimate,
    long rowsPerSecond,
    long pendingKeys,
    long keysApplied,
    long streamLagMillis,
    String throttled,
    String yielding,
    boolean postponed,
    List<String> acceptedDifferences,
    @Nullable Instant comparedAt,
    @Nullable Instant startedAt,
    @Nullable Instant updatedAt,
    String process,
    String lastOrder,
    ResourceUsage footprint) {

  /** A run that has not said anything yet. */
  public static final MigrationStatus UNKNOWN =
      new MigrationStatus(
          "",
          "",
          false,
          "",
          0,
          0,
          0,
          0,
          0,
          0,
          "",
          "",
          false,
          List.of(),
          null,
          null,
          null,
          "",
          "",
          ResourceUsage.UNKNOWN);

  /** Another version of ghost may have written less of it. */
  public MigrationStatus {
    phase = Objects.requireNonNullElse(phase, "");
    throttled = Objects.requireNonNullElse(throttled, "");
    yielding = Objects.requireNonNullElse(yielding, "");
    acceptedDifferences =
        acceptedDifferences == null ? List.of() : List.copyOf(acceptedDifferences);
    process = Objects.requireNonNullElse(process, "");
    lastOrder = Objects.requireNonNullElse(lastOrder, "");
    footprint = Objects.requireNonNullElse(footprint, ResourceUsage.UNKNOWN);
  }

  /** The same of a table and its change. */
  public MigrationStatus of(String source, String what, boolean runs) {
    return new MigrationStatus(
        source,
        what,
        runs,
        phase,
        rowsDone,
        rowsEstimate,
        rowsPerSecond,
        pendingKeys,
        keysApplied,
        streamLagMillis,
        throttled,
        yielding,
        postponed,
        acceptedDifferences,
        comparedAt,
        startedAt,
        updatedAt,
        process,
        lastOrder,
        footprint);
  }
}
