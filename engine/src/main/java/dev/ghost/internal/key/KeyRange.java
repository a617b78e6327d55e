package dev.ghost.internal.key;

import org.jspecify.annotations.Nullable;

/**
 * The rows whose key is greater than {@code after} and not greater than {@code upTo}, in the
 * server's order.
 *
 * @param after exclusive; null means from the beginning
 * @param upTo inclusive; null means to the end
 */
public record KeyRange(@Nullable RowKey after, @Nullable RowKey upTo) implements RowSelection {

  public static final KeyRange ALL = new KeyRange(null, null);

  /** The part of this range up to a key. */
  public KeyRange upTo(@Nullable RowKey key) {
    return new KeyRange(after, key);
  }

  /** The part of this range after a key. */
  public KeyRange after(RowKey key) {
    return new KeyRange(key, upTo);
  }
}
