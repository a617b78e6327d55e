package dev.ghost.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a migration did.
 *
 * @param table the table that has its new schema, {@code schema.table}
 * @param way how the change was made
 * @param rowsCopied rows that the chunks brought into the ghost
 * @param keysApplied changed keys that were replayed
 * @param rowsVerified rows compared; 0 when verification was switched off
 * @param stall the longest time for which one transaction of the application can have waited for
 *     the cutover, over all its tries
 * @param readerStall the longest time of one try in which reading statements had to wait as well
 * @param cutoverAttempts tries it took, 1 when the first succeeded
 * @param phases how long each phase took, in order
 * @param warnings what the listener was warned of
 * @param acceptedDifferences where a value that the server's own ALTER would not have given was
 *     accepted, for people: column, key, and both values; or the two types
 * @param retiredTable the former source, {@code schema.table}; empty when it was dropped
 * @param dropRetiredSql the statement that drops it; empty when it was dropped
 */
public record MigrationResult(
    String table,
    Way way,
    long rowsCopied,
    long keysApplied,
    long rowsVerified,
    Duration stall,
    Duration readerStall,
    int cutoverAttempts,
    Map<Phase, Duration> phases,
    List<String> warnings,
    List<String> acceptedDifferences,
    Optional<String> retiredTable,
    Optional<String> dropRetiredSql) {}
