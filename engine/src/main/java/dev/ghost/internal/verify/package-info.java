/**
 * The comparison of source and ghost, chunk by chunk, without a lock.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>It begins behind a fence: what the copy has not seen for being visible late is seen here.
 *   <li>Both sides of a comparison are read in one snapshot.
 *   <li>A key that differs is explained by a change that arrived while it was being looked at, or
 *       it fails the migration. Nothing is repaired.
 *   <li>Keys that never come to rest are compared under the cutover's lock, where nothing moves.
 * </ul>
 */
package dev.ghost.internal.verify;
