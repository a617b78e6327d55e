/**
 * What is asked for: a server, a table, a change of it, and the names of the tables that a run
 * makes for that. Immutable values without I/O.
 *
 * <p>Invariant: each name that a run gives sorts after the source's, byte by byte ({@link
 * TableNames}).
 */
package dev.ghost.internal.request;
