/**
 * What the engine asks of a database product. The packages below implement it; all SQL is there.
 *
 * <p>A migration gets, in this order: a {@link Dialect} by the URL, a {@link Inspection} that was
 * inspected and not refused, a {@link PlannedMigration} whose ghost exists and whose copy is
 * planned, and for each try at the cutover a {@link Swap}.
 */
package dev.ghost.dialect;
