package dev.ghost.internal.key;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The chunk key of one row. Immutable. Each part is a {@link Long}, {@link BigInteger}, {@link
 * BigDecimal}, {@link String} or {@code byte[]}; what a part means is known to the dialect that
 * made it.
 *
 * <p>Two keys that are equal here name the same row. The reverse need not hold where a collation
 * makes different bytes equal.
 */
public final class RowKey {

  private final Object[] parts;
  private final int hash;

  public RowKey(List<?> parts) {
    this.parts = parts.toArray();
    this.hash = Arrays.deepHashCode(this.parts);
    for (Object part : this.parts) {
      if (!(part instanceof Long
          || part instanceof BigInteger
          || part instanceof BigDecimal
          || part instanceof String
          || part instanceof byte[])) {
        throw new IllegalArgumentException("not a part of a key: " + part);
      }
    }
  }

  public static RowKey of(Object... parts) {
    return new RowKey(Arrays.asList(parts));
  }

  public int size() {
    return parts.length;
  }

  public Object part(int index) {
    return parts[index];
  }

  /** A generous estimate of the heap that the key takes in a set, in bytes. */
  public int weight() {
    int bytes = 120;
    for (Object part : parts) {
      bytes +=
          part instanceof byte[] b
              ? 32 + b.length
              : part instanceof String s ? 64 + s.length() : 48;
    }
    return bytes;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RowKey key && hash == key.hash && Arrays.deepEquals(parts, key.parts);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return Arrays.stream(parts)
        .map(p -> p instanceof byte[] b ? "0x" + HexFormat.of().formatHex(b) : p.toString())
        .collect(Collectors.joining(",", "(", ")"));
  }
}
