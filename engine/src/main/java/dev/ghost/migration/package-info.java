/**
 * The story of a migration: who runs when. {@link Migration} tells how it begins, and {@link
 * Reversal} how one is taken back; {@code Conductor} leads either through the phases; {@code Run}
 * owns the moving parts between the start of the stream and the swap, {@code Follower} those of
 * them that keep the ghost in step. {@link Statements} tells of a script, and {@code Atomic} of one
 * whose tables are swapped at the same moment. No SQL.
 */
package dev.ghost.migration;
