/**
 * The swap of names under a guarded lock, tried until it succeeds or the tries are used up.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The lock is asked for only when nearly nothing is left to apply, and never waited for
 *       longer than the lock timeout.
 *   <li>One transaction of the application waits for no longer than the longest stall, over all
 *       tries, as far as the server shows it. Those that a try has held up are waited for before
 *       the next.
 *   <li>The server has limits for the lock as well, and ends it when it hears nothing of the
 *       engine. Whether the names were swapped is asked afterwards, never assumed.
 *   <li>Under the lock: marker, wait for it, settle what is pending, compare the definition, swap.
 *   <li>A try either swaps or leaves everything as it was; of several tables, it swaps all or none,
 *       but on a server that cannot: what it has swapped there is left out of the next try.
 * </ul>
 */
package dev.ghost.internal.cutover;
