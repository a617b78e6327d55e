package dev.ghost.plan;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The names of a migration's tables.
 *
 * <p>Invariant: every name of ours sorts after the source's, byte by byte. Servers take metadata
 * locks in order of name, and a cutover is safe only when the source comes first.
 */
public record TableNames(TableName source, TableName ghost, TableName retired, TableName control) {

  /**
   * Sorts after nearly all that people name tables with; a character of the Basic Multilingual
   * Plane.
   */
  private static final char HIGH = '\uFFEE';

  /**
   * Derives the names.
   *
   * @param limit the most characters that the server allows in a table's name
   */
  public static TableNames of(TableName source, int limit) {
    return new TableNames(
        source,
        source.sibling(derived(source.table(), "_gho", limit)),
        source.sibling(derived(source.table(), "_old", limit)),
        source.sibling(derived(source.table(), "_ghc", limit)));
  }

  /**
   * The names of the way back: the retired table of {@link #of} is the ghost.
   *
   * @param limit as in {@link #of}
   */
  public static TableNames back(TableName source, int limit) {
    TableNames there = of(source, limit);
    return new TableNames(
        source,
        there.retired(),
        source.sibling(derived(source.table(), "_new", limit)),
        there.control());
  }

  private static String derived(String table, String suffix, int limit) {
    String name = table + suffix;
    if (name.length() > limit) {
      CRC32 crc = new CRC32();
      crc.update(table.getBytes(UTF_8));
      int kept = limit - suffix.length() - 9;
      char mark = table.charAt(kept) < '~' ? '~' : HIGH;
      name = table.substring(0, kept) + mark + "%08x".formatted(crc.getValue()) + suffix;
    }
    if (Arrays.compareUnsigned(name.getBytes(UTF_8), table.getBytes(UTF_8)) <= 0) {
      throw new IllegalStateException("the name " + name + " does not sort after " + table);
    }
    return name;
  }
}
