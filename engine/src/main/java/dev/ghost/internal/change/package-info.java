/**
 * The change stream (Debezium is here and in the dialects' stream specifications, nowhere else),
 * markers and fences, the pending keys, and the applier that replays them.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>An event says which row changed, never what to write.
 *   <li>No row is read again before a fence that was passed after its event had arrived.
 *   <li>A changed key is dropped only when a chunk is certain to read its row after a fence, and
 *       the ghost cannot hold that row.
 *   <li>A changed key is settled only by an apply that began after every chunk that was in flight
 *       when the key arrived, and could hold it, had committed.
 *   <li>A cascade that the server does not log becomes changed keys, looked up behind a fence, when
 *       every chunk that was in flight when it arrived has committed, and no batch is being
 *       applied.
 *   <li>The reader of a binary log does not reconnect by itself. After a lost connection another
 *       {@code EngineRun} begins behind what was delivered, and checks the server's certificate as
 *       the first one did.
 *   <li>What fails on the stream's thread is given to everybody who asks the stream for anything.
 * </ul>
 */
package dev.ghost.internal.change;
