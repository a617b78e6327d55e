/**
 * Keys of rows: their values, their order, and ranges and lists of them. Immutable values without
 * I/O; a dialect writes them in its own words.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Two {@link RowKey}s that are equal name the same row. The reverse need not hold: a
 *       collation can make keys equal that are different here.
 *   <li>{@link KeyOrder} claims an order only where it is certainly the server's.
 * </ul>
 */
package dev.ghost.internal.key;
