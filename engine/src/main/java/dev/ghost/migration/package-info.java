/**
 * The story of a migration: who runs when. {@link Migration} tells it phase by phase; {@code Run}
 * owns the moving parts between the start of the stream and the swap. No SQL.
 */
package dev.ghost.migration;
