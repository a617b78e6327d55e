package dev.ghost.internal.dialect.innodb.sql;

import dev.ghost.api.UsageException;
import dev.ghost.internal.request.TableName;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A table's name as a statement has it: {@code t}, {@code s.t} in three words, or {@code s} and
 * {@code .t}.
 *
 * @param schema empty where none is written
 * @param words how many words it takes
 */
public record WrittenName(String schema, String table, int words) {

  private static final Pattern PLAIN = Pattern.compile("[0-9A-Za-z_$\\x{80}-\\x{ffff}]+");

  /** Reads the name with which these words begin; empty where they begin with none. */
  public static Optional<WrittenName> read(List<String> words) {
    if (words.isEmpty() || !isName(words.get(0))) {
      return Optional.empty();
    }
    String first = unquoted(words.get(0));
    String next = words.size() > 1 ? words.get(1) : "";
    if (next.equals(".")) {
      return words.size() > 2 && isName(words.get(2))
          ? Optional.of(new WrittenName(first, unquoted(words.get(2)), 3))
          : Optional.empty();
    }
    return Optional.of(
        next.startsWith(".") && isName(next.substring(1))
            ? new WrittenName(first, unquoted(next.substring(1)), 2)
            : new WrittenName("", first, 1));
  }

  /** True for what can name a part of a schema: a plain word, or what is quoted as a name. */
  public static boolean isName(String word) {
    boolean quoted = word.startsWith("`") || word.startsWith("\"");
    return quoted
        ? word.length() > 2 && word.endsWith(word.substring(0, 1))
        : PLAIN.matcher(word).matches();
  }

  /**
   * The table.
   *
   * @throws UsageException if neither this nor the URL names its schema
   */
  public TableName in(String defaultSchema) {
    if (schema.isEmpty() && defaultSchema.isEmpty()) {
      throw new UsageException(
          "No schema is given for the table " + table + ".",
          "Name it in the URL: mysql://user@host/schema.");
    }
    return new TableName(schema.isEmpty() ? defaultSchema : schema, table);
  }

  /** A name without its quotes. */
  public static String unquoted(String name) {
    if (name.length() > 1 && (name.startsWith("`") || name.startsWith("\""))) {
      String quote = name.substring(0, 1);
      return name.substring(1, name.length() - 1).replace(quote + quote, quote);
    }
    return name;
  }
}
