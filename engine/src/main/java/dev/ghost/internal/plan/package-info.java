/**
 * What is decided about a migration before its first row is copied. A dialect gathers the facts
 * with SQL; the classes here decide by them, without I/O.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What an earlier run left is continued only by a run of the same change ({@link
 *       PriorRunFacts}).
 *   <li>The chunk key is a unique index whose values the change keeps, and keeps apart ({@link
 *       KeyCandidate}).
 * </ul>
 */
package dev.ghost.internal.plan;
