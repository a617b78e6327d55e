/**
 * What the engine asks of a database product. The packages below implement it; all SQL is there.
 *
 * <p>A migration gets, in this order: a {@link Driver} by the URL and the {@link Dialect} of the
 * server, an {@link Inspection} that was not refused, a {@link PlannedMigration} whose ghost exists
 * and whose copy is planned, the {@link TableGroup} that it is swapped in, and for each try at the
 * cutover a {@link Swap}.
 */
package dev.ghost.dialect;
