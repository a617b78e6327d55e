package dev.ghost.internal.dialect.mysql.connector;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A set of GTIDs, some of which may have tags; after the description of the format in MySQL's
 * documentation. Used by one thread at a time.
 */
final class Gtids {

  /** The layout in which each server's number is followed by a tag. */
  private static final long TAGGED = 1;

  /** First and last numbers, by {@code uuid} or {@code uuid:tag}; no two of them touch. */
  private final Map<String, NavigableMap<Long, Long>> ranges = new TreeMap<>();

  /** Reads {@code uuid:1-5:7:tag:1-3,uuid:...}. */
  static Gtids of(String text) {
    Gtids gtids = new Gtids();
    for (String part : text.replaceAll("\\s", "").split(",")) {
      String[] words = part.toLowerCase(Locale.ROOT).split(":");
      String origin = words[0];
      for (int i = 1; i < words.length; i++) {
        if (Character.isDigit(words[i].charAt(0))) {
          String[] range = words[i].split("-");
          gtids.add(origin, Long.parseLong(range[0]), Long.parseLong(range[range.length - 1]));
        } else {
          origin = words[0] + ":" + words[i];
        }
      }
    }
    return gtids;
  }

  /** Adds {@code uuid:7} or {@code uuid:tag:7}. */
  void add(String gtid) {
    int at = gtid.lastIndexOf(':');
    long number = Long.parseLong(gtid.substring(at + 1));
    add(gtid.substring(0, at).toLowerCase(Locale.ROOT), number, number);
  }

  private void add(String origin, long first, long last) {
    NavigableMap<Long, Long> there = ranges.computeIfAbsent(origin, o -> new TreeMap<>());
    long from = first;
    long to = last;
    Map.Entry<Long, Long> before = there.floorEntry(first);
    if (before != null && before.getValue() >= first - 1) {
      from = before.getKey();
    }
    for (Map.Entry<Long, Long> next = there.ceilingEntry(from);
        next != null && next.getKey() <= to + 1;
        next = there.ceilingEntry(from)) {
      to = Math.max(to, next.getValue());
      there.remove(next.getKey());
    }
    there.put(from, to);
  }

  /** As the server asks a replica for what it has. */
  byte[] encoded() {
    boolean tagged = ranges.keySet().stream().anyMatch(origin -> origin.contains(":"));
    long count = ranges.size();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    put(out, tagged ? (TAGGED << 56) | (count << 8) | TAGGED : count);
    ranges.forEach(
        (origin, range) -> {
          String[] words = origin.split(":");
          UUID uuid = UUID.fromString(words[0]);
          out.writeBytes(
              ByteBuffer.allocate(16)
                  .putLong(uuid.getMostSignificantBits())
                  .putLong(uuid.getLeastSignificantBits())
                  .array());
          if (tagged) {
            byte[] tag = (words.length > 1 ? words[1] : "").getBytes(StandardCharsets.US_ASCII);
            // The last bit says that the length takes one byte.
            out.write(tag.length << 1);
            out.writeBytes(tag);
          }
          put(out, range.size());
          range.forEach(
              (first, last) -> {
                put(out, first);
                put(out, last + 1);
              });
        });
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, long number) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
  }

  /** As {@link #of} reads it, and the server. */
  @Override
  public String toString() {
    return ranges.entrySet().stream()
        .map(
            origin ->
                origin.getKey()
                    + origin.getValue().entrySet().stream()
                        .map(Gtids::range)
                        .collect(Collectors.joining()))
        .collect(Collectors.joining(","));
  }

  private static String range(Map.Entry<Long, Long> range) {
    return range.getKey().equals(range.getValue())
        ? ":" + range.getKey()
        : ":%d-%d".formatted(range.getKey(), range.getValue());
  }
}
