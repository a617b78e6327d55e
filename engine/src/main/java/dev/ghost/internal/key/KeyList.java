package dev.ghost.internal.key;

import java.util.Collection;
import java.util.List;

/** The rows with these keys, as far as they exist. */
public record KeyList(List<RowKey> keys) implements RowSelection {

  /** No rows. */
  public static final KeyList NONE = new KeyList(List.of());

  public KeyList {
    keys = List.copyOf(keys);
  }

  public KeyList(Collection<RowKey> keys) {
    this(List.copyOf(keys));
  }
}
