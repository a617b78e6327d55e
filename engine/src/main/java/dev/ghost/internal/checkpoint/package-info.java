/**
 * Durable progress: what a later run of the same change needs to go on where one has ended, however
 * it has ended. It is kept in the database that is being altered.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Of a change before the checkpoint's position, the ghost has the effect, or the row is
 *       beyond what the checkpoint calls copied. So a stream that starts there brings whatever the
 *       copied rows still lack, and the rest is copied again.
 *   <li>What is called copied or compared has no gaps.
 *   <li>The server is told that it may forget a position only when that position is settled like
 *       this.
 * </ul>
 */
package dev.ghost.internal.checkpoint;
