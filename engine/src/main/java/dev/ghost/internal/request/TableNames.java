package dev.ghost.internal.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.api.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * The names of a migration's tables.
 *
 * <p>Invariant: every name that ghost gives sorts after the source's, byte by byte. Servers take
 * metadata locks in order of name, and a cutover is safe only when the source comes first. Of a
 * name that the user has chosen, {@link #sorted} tells it.
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

  /** The same with another name for the retired table. */
  public TableNames retiring(TableName name) {
    return new TableNames(source, ghost, name, control);
  }

  /**
   * The same with the name that the user has chosen for the retired table.
   *
   * @param length of the name, as the server counts it
   * @param limit the most that the server allows
   * @param back the table that a swap back would retire
   * @throws UsageException if the name cannot be
   */
  public TableNames retiring(String name, int length, int limit, TableName back) {
    if (length > limit) {
      throw cannotBe(name, "is longer than the server allows (%d)".formatted(limit));
    }
    if (name.isBlank() || !name.equals(name.strip()) || name.indexOf('\0') >= 0) {
      throw cannotBe(name, "is empty, has a blank at either end, or a zero byte");
    }
    for (TableName taken : List.of(source, ghost, control, back)) {
      if (taken.schema().equals(source.schema()) && taken.table().equalsIgnoreCase(name)) {
        throw cannotBe(name, "is the name of another table of this run");
      }
    }
    return retiring(source.sibling(name));
  }

  private static UsageException cannotBe(String name, String why) {
    return new UsageException(
        "The retired table cannot be called '%s': the name %s.".formatted(name, why),
        "Give another name with --retired-table, or none.");
  }

  /** True when the retired table's name sorts after the source's, whatever the letter case. */
  public boolean sorted() {
    String before = source.table();
    String after = retired.table();
    return isAfter(after, before)
        && isAfter(after.toLowerCase(Locale.ROOT), before.toLowerCase(Locale.ROOT));
  }

  /**
   * The names of the way back: the retired table is the ghost.
   *
   * @param limit as in {@link #of}
   */
  public TableNames back(int limit) {
    return new TableNames(
        source, retired, source.sibling(derived(source.table(), "_new", limit)), control);
  }

  /**
   * Returns names for three tables with a sample of the source's rows.
   *
   * @param limit as in {@link #of}
   */
  public List<TableName> samples(int limit) {
    return Stream.of("_ghs", "_ght", "_ghu")
        .map(suffix -> source.sibling(derived(source.table(), suffix, limit)))
        .toList();
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
    if (!isAfter(name, table)) {
      throw new IllegalStateException("the name " + name + " does not sort after " + table);
    }
    return name;
  }

  private static boolean isAfter(String name, String other) {
    return Arrays.compareUnsigned(name.getBytes(UTF_8), other.getBytes(UTF_8)) > 0;
  }
}
