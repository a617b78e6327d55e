package dev.ghost.internal.key;

import org.jspecify.annotations.Nullable;

/**
 * The part of a table that is done, from the beginning of the key's order and without gaps.
 *
 * @param upTo the last key that is done; null when nothing is, or everything
 * @param whole true when everything is done
 */
public record CompletedRange(@Nullable RowKey upTo, boolean whole) {

  public static final CompletedRange NOTHING = new CompletedRange(null, false);
  public static final CompletedRange WHOLE = new CompletedRange(null, true);

  public CompletedRange {
    if (whole && upTo != null) {
      throw new IllegalArgumentException("a whole table ends at no key");
    }
  }

  /** What is left to do, unless all is done. */
  public KeyRange rest() {
    return new KeyRange(upTo, null);
  }
}
