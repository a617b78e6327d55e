/**
 * Runs a script of {@code ALTER TABLE} statements: {@link Statements} one after the other, {@code
 * Atomic} with one cutover for all. Each statement is a migration of its own.
 *
 * <p>Invariant: which statements are made is noted in the database before what would show it is
 * cleaned up ({@code SwapRecorder}).
 */
package dev.ghost.internal.migration.script;
