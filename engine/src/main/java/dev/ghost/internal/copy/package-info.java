/**
 * Chunks: how they are cut, how large they are, which are in flight, and how rows get from the
 * source into the ghost.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A chunk is put in flight, then the fence is passed, then its SELECT runs: in this order.
 *   <li>Chunks are started in the server's order of the key, without gaps.
 *   <li>A key counts as not copied yet only where the ghost cannot hold its row. Where rows of an
 *       earlier run could not be trimmed, no key does.
 *   <li>Values never leave the server: a row is written by {@code INSERT ... SELECT} alone.
 *   <li>A duplicate under a key that the source has too is a race, and is settled by reading both
 *       rows again in one statement; any other one stops the migration and is named.
 * </ul>
 */
package dev.ghost.internal.copy;
