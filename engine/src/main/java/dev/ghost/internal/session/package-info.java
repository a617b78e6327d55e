/**
 * Connections with ghost's settings, and bounded patience.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A connection is configured and its settings are asserted before anything runs on it.
 *   <li>A connection from a caller's pool goes back with the settings it had, or is closed.
 *   <li>Only whole transactions are tried again, after a rollback, and only for faults that are
 *       known to pass.
 * </ul>
 */
package dev.ghost.internal.session;
