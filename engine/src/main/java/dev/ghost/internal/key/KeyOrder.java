package dev.ghost.internal.key;

import java.util.Arrays;
import java.util.List;

/**
 * What we can say, without the server, about the order of keys. Only the leading parts whose order
 * we can compute count; a collated text, and all that follows it, is left to the server.
 */
public final class KeyOrder {

  /** How the server orders one part of a key. */
  public enum Part {
    /** As {@link Comparable} does: numbers, and times in their fixed-width form. */
    NATURAL,
    /** Byte by byte, unsigned, a shorter one first. */
    BYTES,
    /** Only the server knows. */
    COLLATED
  }

  private final List<Part> parts;
  private final int certain;

  public KeyOrder(List<Part> parts) {
    this(parts, parts.contains(Part.COLLATED) ? parts.indexOf(Part.COLLATED) : parts.size());
  }

  private KeyOrder(List<Part> parts, int certain) {
    this.parts = List.copyOf(parts);
    this.certain = certain;
  }

  /** Keys of a table that is not read in their order: of none is it certain what lies after it. */
  public static KeyOrder unknown(List<Part> parts) {
    return new KeyOrder(parts, 0);
  }

  /** True when the order of every two keys can be computed. */
  public boolean total() {
    return certain == parts.size();
  }

  /** True when {@code key} sorts after {@code other}, whatever the server's collations are. */
  public boolean certainlyAfter(RowKey key, RowKey other) {
    return comparePrefix(key, other) > 0;
  }

  /** True when the range holds the key. Only where the order is {@link #total()}. */
  public boolean contains(KeyRange range, RowKey key) {
    if (!total()) {
      throw new IllegalStateException("the order of these keys is the server's");
    }
    return (range.after() == null || comparePrefix(key, range.after()) > 0)
        && (range.upTo() == null || comparePrefix(key, range.upTo()) <= 0);
  }

  /** A number that is the same for all keys that the server may hold to be equal. */
  public int partition(RowKey key) {
    int hash = 1;
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i) != Part.COLLATED) {
        Object part = key.part(i);
        hash = 31 * hash + (part instanceof byte[] b ? Arrays.hashCode(b) : part.hashCode());
      }
    }
    return hash ^ (hash >>> 16);
  }

  private int comparePrefix(RowKey a, RowKey b) {
    for (int i = 0; i < certain; i++) {
      int order = compare(a.part(i), b.part(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static int compare(Object a, Object b) {
    return a instanceof byte[] bytes
        ? Arrays.compareUnsigned(bytes, (byte[]) b)
        : ((Comparable) a).compareTo(b);
  }
}
