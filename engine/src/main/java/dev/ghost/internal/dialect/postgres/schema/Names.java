package dev.ghost.internal.dialect.postgres.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.util.zip.CRC32;

/**
 * The names of what is ours. The ghost and the control table are in a schema of their own; slot and
 * publication share a name, which no other database of the server has.
 */
public record Names(TableNames tables, String workSchema, String slot) {

  /** The most bytes of a name. */
  private static final int LIMIT = 63;

  public static Names of(TableName source, String database) {
    String work = cut(joined(source), "_gho");
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

  /**
   * The same, but with a name that was chosen for the retired table.
   *
   * @throws dev.ghost.api.UsageException if the name cannot be
   */
  public Names retiring(String name) {
    return new Names(
        tables.retiring(name, name.getBytes(UTF_8).length, LIMIT, back().tables.retired()),
        workSchema,
        slot);
  }

  /** The same with another retired table. */
  public Names retiring(TableName retired) {
    return new Names(tables.retiring(retired), workSchema, slot);
  }

  /** The names of the way back: the retired table is the ghost. */
  public Names back() {
    TableName source = tables.source();
    return new Names(
        new TableNames(
            source,
            tables.retired(),
            source.sibling(cut(source.table(), "_new")),
            tables.control()),
        workSchema,
        slot);
  }

  /**
   * Schema and table in one name, which no other pair of them has. The first underscore parts them;
   * or else a tilde, where the schema has an underscore itself; or where that parts them is told.
   */
  private static String joined(TableName table) {
    String schema = table.schema();
    String joined = schema + (schema.contains("_") ? "~" : "_") + table.table();
    boolean tilde = schema.contains("~") || table.table().contains("~");
    return tilde ? joined + "~" + schema.length() : joined;
  }

  /** A name with a suffix; what is too long is cut, and a hash keeps it apart. */
  public static String cut(String name, String suffix) {
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
