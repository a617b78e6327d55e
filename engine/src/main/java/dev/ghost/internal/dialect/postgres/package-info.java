/**
 * PostgreSQL 14 to 18.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The ghost has the source's own name, and its indexes, constraints and sequences have
 *       theirs, in one of ghost's schemas. So the change means the same to it, and the swap moves
 *       it as a whole.
 *   <li>All that we leave behind when we die is that schema, a replication slot and a publication.
 *   <li>The chunk key is what the change stream carries: the columns of the replica identity, or
 *       any key where the identity is FULL.
 *   <li>Transactions become visible in another order than the log has. A batch waits until each
 *       transaction whose events have arrived is visible in {@code pg_current_snapshot()}.
 *   <li>ghost's Commits are flushed here and wait for no standby: {@code synchronous_commit=local}.
 *       Not {@code off}: after a crash of the server a chunk that we hold to be copied would be
 *       gone.
 *   <li>The swap is one transaction. What depends on the table follows, or was refused before.
 * </ul>
 */
package dev.ghost.internal.dialect.postgres;
