/**
 * What every line of the log has in common: nothing of the user's rows is in it.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A text that is not ours (a server's message, a statement, a failure with its causes) is
 *       logged only by way of {@link dev.ghost.internal.log.Masked}.
 *   <li>SQL is logged without the values of its parameters, and with its literals masked.
 * </ul>
 */
package dev.ghost.internal.log;
