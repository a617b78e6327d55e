/**
 * Holds the copy and the comparison while the server, or anyone who is asked, wants to be left
 * alone.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Only new chunks are held: the replay never is, so the ghost stays in step and the server's
 *       log does not pile up for us.
 *   <li>Anyone who is held can be told why.
 *   <li>A hold ends only after some looks without an objection, so that a value at its limit does
 *       not make the copy stutter.
 * </ul>
 */
package dev.ghost.internal.throttle;
