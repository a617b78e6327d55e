package dev.ghost.migration;

import dev.ghost.cutover.Cutover;
import java.time.Duration;

/**
 * How a migration is to be run.
 *
 * @param chunkTime how long a chunk should take
 * @param copyThreads chunks that are copied, and verified, at once
 * @param applyThreads workers that replay changes
 * @param pendingBytes heap that pending keys may take
 * @param maxLog bytes of log that the server may have to keep for our stream
 * @param verify whether to compare the tables before the cutover
 * @param dropRetired whether to drop the former source at the end
 * @param fenced false only in the test that shows what the fence is for
 */
public record Settings(
    Duration chunkTime,
    int copyThreads,
    int applyThreads,
    long pendingBytes,
    long maxLog,
    boolean verify,
    boolean dropRetired,
    boolean fenced,
    Cutover.Settings cutover) {}
