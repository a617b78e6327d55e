package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.internal.dialect.innodb.sql.Sql;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A column as the server describes it.
 *
 * @param type the bare type, lower case: {@code varchar}
 * @param fullType with its arguments: {@code varchar(20)}
 * @param charset null for what is not text
 * @param length characters or bytes, for text and binary
 * @param scale digits after the point; fractional seconds for times
 * @param defaultSql the default as SQL; null when there is none
 * @param generation the expression of a generated column; else empty
 */
public record InnodbColumn(
    String name,
    String type,
    String fullType,
    @Nullable String charset,
    @Nullable String collation,
    boolean nullable,
    @Nullable String defaultSql,
    String extra,
    long length,
    int precision,
    int scale,
    String generation) {

  private static final Set<String> INTEGERS =
      Set.of("tinyint", "smallint", "mediumint", "int", "bigint");
  private static final Set<String> TEXTS =
      Set.of("char", "varchar", "tinytext", "text", "mediumtext", "longtext");
  private static final Set<String> BINARIES =
      Set.of("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob");
  private static final Set<String> TIMES = Set.of("date", "time", "datetime", "timestamp");
  private static final Pattern CONSTANT =
      Pattern.compile("'([^'\\\\]|''|\\\\.)*'|-?[0-9.]+", Pattern.DOTALL);
  private static final Set<String> LARGE =
      Set.of("text", "mediumtext", "longtext", "blob", "mediumblob", "longblob");

  /** The default is an expression, which can give each row another value. */
  public boolean defaultComputed() {
    return defaultSql != null && !CONSTANT.matcher(defaultSql).matches();
  }

  public boolean generated() {
    return extra.contains("VIRTUAL GENERATED") || extra.contains("STORED GENERATED");
  }

  public boolean autoIncrement() {
    return extra.contains("auto_increment");
  }

  public boolean integer() {
    return INTEGERS.contains(type);
  }

  public boolean unsigned() {
    return fullType.contains("unsigned");
  }

  /** Shown with zeros in front. */
  public boolean zerofill() {
    return fullType.contains("zerofill");
  }

  public boolean text() {
    return TEXTS.contains(type);
  }

  public boolean binary() {
    return BINARIES.contains(type);
  }

  public boolean time() {
    return TIMES.contains(type);
  }

  /** Values that can be too large to be put together with others in one string. */
  public boolean large() {
    return LARGE.contains(type);
  }

  /** A fixed number of bytes that the server shows as text. */
  public boolean address() {
    return is("uuid", "inet4", "inet6");
  }

  /** The bytes of a value whose type has a fixed number of them; else 0. */
  public int bytes() {
    return switch (type) {
      case "uuid", "inet6" -> 16;
      case "inet4" -> 4;
      case "binary" -> (int) length;
      default -> 0;
    };
  }

  public boolean is(String... types) {
    return List.of(types).contains(type);
  }

  public boolean named(String other) {
    return name.equalsIgnoreCase(other);
  }

  /** True when both store the same values in the same way. */
  public boolean sameTypeAs(InnodbColumn other) {
    return fullType.equals(other.fullType)
        && Objects.equals(charset, other.charset)
        && Objects.equals(collation, other.collation);
  }

  /** True when a foreign key can refer from the one to the other. */
  public boolean comparesLike(InnodbColumn other) {
    return type.equals(other.type)
        && unsigned() == other.unsigned()
        && (integer() || charset != null || fullType.equals(other.fullType))
        && Objects.equals(charset, other.charset)
        && Objects.equals(collation, other.collation);
  }

  /** The members of an ENUM or SET, in order. */
  public List<String> members() {
    List<String> members = new ArrayList<>();
    StringBuilder member = null;
    for (int i = fullType.indexOf('(') + 1; i < fullType.length(); i++) {
      char c = fullType.charAt(i);
      if (member == null) {
        if (c == '\'') {
          member = new StringBuilder();
        }
      } else if (c == '\'' && i + 1 < fullType.length() && fullType.charAt(i + 1) == '\'') {
        member.append('\'');
        i++;
      } else if (c == '\'') {
        members.add(member.toString());
        member = null;
      } else if (c == '\\' && i + 1 < fullType.length()) {
        char escaped = fullType.charAt(++i);
        member.append(
            switch (escaped) {
              case 'n' -> '\n';
              case 'r' -> '\r';
              case '0' -> '\0';
              case 'Z' -> '\u001a';
              default -> escaped;
            });
      } else {
        member.append(c);
      }
    }
    return members;
  }

  /**
   * What {@code ADD COLUMN} gives existing rows of a column that is NOT NULL and has no default.
   */
  public String implicitDefault() {
    if (is("enum")) {
      return Sql.literal(members().get(0));
    }
    if (is("json")) {
      return "CAST('null' AS JSON)";
    }
    if (is("uuid")) {
      return "'00000000-0000-0000-0000-000000000000'";
    }
    if (is("inet4")) {
      return "'0.0.0.0'";
    }
    if (is("inet6")) {
      return "'::'";
    }
    if (is("date")) {
      return "'0000-00-00'";
    }
    if (is("datetime", "timestamp")) {
      return "'0000-00-00 00:00:00'";
    }
    return integer() || is("decimal", "float", "double", "bit", "year", "time") ? "0" : "''";
  }

  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
