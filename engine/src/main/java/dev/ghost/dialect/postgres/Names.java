package dev.ghost.dialect.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.util.zip.CRC32;

/**
 * The names of what is ours. The ghost and the control table are in a schema of their own; slot and
 * publication share a name, which no other database of the server has.
 */
record Names(TableNames tables, String workSchema, String slot) {

  /** The most bytes of a name. */
  private static final int LIMIT = 63;

  static Names of(TableName source, String database) {
    String work = cut(source.schema() + "_" + source.table(), "_gho");
    String control = cut(source.table(), "_ghc");
    return new Names(
        new TableNames(
            source,
            new TableName(work, source.table()),
            source.sibling(cut(source.table(), "_old")),
            new TableName(work, control)),
        work,
        "ghost_" + hash(database + "/" + source.schema() + "/" + source.table()));
  }

  /** The names of the way back: the retired table is the ghost. */
  static Names back(TableName source, String database) {
    Names there = of(source, database);
    return new Names(
        new TableNames(
            source,
            there.tables.retired(),
            source.sibling(cut(source.table(), "_new")),
            there.tables.control()),
        there.workSchema,
        there.slot);
  }

  /** A name with a suffix; what is too long is cut, and a hash keeps it apart. */
  static String cut(String name, String suffix) {
    if ((name + suffix).getBytes(UTF_8).length <= LIMIT) {
      return name + suffix;
    }
    String end = "~" + hash(name) + suffix;
    int kept = name.length();
    while (name.substring(0, kept).getBytes(UTF_8).length + end.length() > LIMIT) {
      kept = name.offsetByCodePoints(kept, -1);
    }
    return name.substring(0, kept) + end;
  }

  private static String hash(String text) {
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(UTF_8));
    return "%08x".formatted(crc.getValue());
  }
}
