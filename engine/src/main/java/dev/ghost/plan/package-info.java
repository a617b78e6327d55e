/**
 * The vocabulary of a migration as values: tables and their names, keys, ranges, orders. Immutable,
 * no I/O.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Every name of ours sorts after the source's, byte by byte ({@link TableNames}).
 *   <li>Two {@link RowKey}s that are equal name the same row. The reverse need not hold: a
 *       collation can make keys equal that are different here.
 *   <li>{@link KeyOrder} claims an order only where it is certainly the server's.
 * </ul>
 */
package dev.ghost.plan;
