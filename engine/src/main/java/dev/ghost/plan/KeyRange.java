package dev.ghost.plan;

/**
 * The rows whose key is greater than {@code after} and not greater than {@code upTo}, in the
 * server's order.
 *
 * @param after exclusive; null means from the beginning
 * @param upTo inclusive; null means to the end
 */
public record KeyRange(RowKey after, RowKey upTo) implements Rows {

  public static final KeyRange ALL = new KeyRange(null, null);
}
