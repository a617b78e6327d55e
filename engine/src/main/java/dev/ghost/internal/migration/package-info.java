/**
 * Runs a migration: who does what, and when. {@link Migration} tells how it begins, and {@link
 * Reversal} how one is taken back; {@code PhaseDriver} leads either through the phases, of which
 * {@code CopyPhase} and {@code CutoverPhase} have a class of their own. {@code MigrationRun} has
 * the moving parts between the start of the stream and the swap; {@code Replicator} is those of
 * them that keep the ghost in step. A {@link CutoverGroup} is for tables that are swapped at the
 * same moment. No SQL.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A ghost that is swapped in is the one that the run has filled: its definition, and its
 *       identity where the server shows it, are compared until then ({@code
 *       verify.GhostDefinition}). Rows that somebody writes to it are for the comparison to find.
 *   <li>One run works on a table. Its lock ends with its session, which the server ends when it has
 *       heard nothing of the run for a while ({@code checkpoint.RunLock}).
 * </ul>
 */
package dev.ghost.internal.migration;
