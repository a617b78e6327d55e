/**
 * What the engine asks of a database product. The packages below implement it; all SQL is there.
 *
 * <p>A migration gets, in this order:
 *
 * <ul>
 *   <li>a {@link Driver} by the URL, and the {@link Dialect} of the server;
 *   <li>an {@link Inspection} that was not refused;
 *   <li>a {@link PlannedMigration}, whose ghost exists and whose copy is planned;
 *   <li>the {@link TableGroup} that it is swapped in;
 *   <li>a {@link Swap} for each try at the cutover.
 * </ul>
 */
package dev.ghost.internal.dialect;
