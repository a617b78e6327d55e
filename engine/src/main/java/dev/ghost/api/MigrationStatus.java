package dev.ghost.api;

import java.time.Instant;
import java.util.List;

/**
 * What is known of a migration from the journal in its database.
 *
 * @param table the table that is altered, {@code schema.table}
 * @param change what is done to it
 * @param running true while a process works on it; otherwise it was interrupted, and the same
 *     command continues with it
 * @param phase what it was doing; empty when it has not said yet
 * @param rowsDone as in {@link Progress}
 * @param rowsEstimate as in {@link Progress}
 * @param rowsPerSecond as in {@link Progress}
 * @param pendingKeys as in {@link Progress}
 * @param keysApplied as in {@link Progress}
 * @param streamLagMillis how far the change stream is behind the server
 * @param held why copy and comparison are held; empty when they are not
 * @param yielding how copy and comparison give way to the application; empty when they do not
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
    String held,
    String yielding,
    boolean postponed,
    List<String> acceptedDifferences,
    Instant comparedAt,
    Instant startedAt,
    Instant updatedAt,
    String process,
    String lastOrder,
    ResourceUsage footprint) {}
