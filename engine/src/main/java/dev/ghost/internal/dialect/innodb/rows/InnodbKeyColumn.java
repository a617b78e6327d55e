package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.common.KeyConditions;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.KeyOrder;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One column of the chunk key: how its values are read, bound and compared, on both sides.
 *
 * <p>A value has one form in Java, whether it comes from a query or from the change stream: text as
 * the bytes that the source stores, in its own charset, so that no conversion can lose anything;
 * times in a fixed-width form that sorts; ENUM, SET and BIT as numbers, which is how the server
 * orders them.
 */
public final class InnodbKeyColumn implements KeyConditions.Column {

  /** The form of a value in Java. */
  public enum Form {
    LONG,
    BIG_INTEGER,
    DECIMAL,
    TEXT,
    BYTES,
    DATE,
    DATETIME,
    TIME
  }

  private static final Pattern UUID_FORM = Pattern.compile("(.{8})(.{4})(.{4})(.{4})(.{12})");

  private final InnodbColumn source;
  private final InnodbColumn ghost;
  private final Form form;

  private InnodbKeyColumn(InnodbColumn source, InnodbColumn ghost, Form form) {
    this.source = source;
    this.ghost = ghost;
    this.form = form;
  }

  /** True when values of such a column can be a chunk key. */
  public static boolean orders(InnodbColumn column) {
    return formOf(column) != null;
  }

  /** Empty when values of this column cannot order a copy. */
  public static Optional<InnodbKeyColumn> of(InnodbColumn source, InnodbColumn ghost) {
    Form form = formOf(source);
    return form == null || !survives(source, ghost)
        ? Optional.empty()
        : Optional.of(new InnodbKeyColumn(source, ghost, form));
  }

  /** The form of a column's values; null when they cannot be a chunk key. */
  private static @Nullable Form formOf(InnodbColumn c) {
    if (c.integer()) {
      return c.is("bigint") && c.unsigned() ? Form.BIG_INTEGER : Form.LONG;
    }
    if (c.is("char", "varchar")) {
      return Form.TEXT;
    }
    return switch (c.type()) {
      case "year", "enum" -> Form.LONG;
      case "bit", "set" -> Form.BIG_INTEGER;
      case "decimal" -> Form.DECIMAL;
      case "binary", "varbinary" -> Form.BYTES;
      case "date" -> Form.DATE;
      case "datetime", "timestamp" -> Form.DATETIME;
      case "time" -> Form.TIME;
      // Bytes, for the log holds them so; their order is the server's own.
      case "uuid", "inet4", "inet6" -> Form.BYTES;
      default -> null;
    };
  }

  /** True when equal values stay equal, and different ones different, as far as types can tell. */
  private static boolean survives(InnodbColumn source, InnodbColumn ghost) {
    if (source.sameTypeAs(ghost)) {
      return true;
    }
    if (source.integer()) {
      // Digits are digits in each charset and collation; zeros in front would be part of the text.
      boolean digits = ghost.is("char", "varchar") && !source.zerofill();
      return ghost.integer() || ghost.is("decimal") || digits;
    }
    if (source.is("char", "varchar")) {
      return ghost.is("char", "varchar");
    }
    if (source.is("enum", "set")) {
      boolean alike =
          ghost.type().equals(source.type())
              && Objects.equals(ghost.collation(), source.collation());
      return alike
          && (source.is("enum")
              ? ghost.members().containsAll(source.members())
              : isExtended(source, ghost));
    }
    if (source.is("decimal")) {
      return ghost.is("decimal") && ghost.scale() >= source.scale();
    }
    return source.is("varbinary") && ghost.is("varbinary");
  }

  /** True when members were added after those that were there. */
  private static boolean isExtended(InnodbColumn source, InnodbColumn ghost) {
    int known = source.members().size();
    return ghost.members().size() >= known
        && ghost.members().subList(0, known).equals(source.members());
  }

  /** True when it is a number that becomes text. */
  public boolean becomesDigits() {
    return source.integer() && ghost.text();
  }

  /** True when members have other numbers in the ghost. */
  private boolean isRenumbered() {
    return source.is("enum") && !isExtended(source, ghost);
  }

  /** True when the ghost's comparison keeps apart just what the source's does. */
  public boolean keepsApart() {
    return form != Form.TEXT || Objects.equals(source.collation(), ghost.collation());
  }

  public InnodbColumn source() {
    return source;
  }

  public InnodbColumn ghost() {
    return ghost;
  }

  public Form form() {
    return form;
  }

  public KeyOrder.Part order() {
    return switch (form) {
      case TEXT -> KeyOrder.Part.COLLATED;
      case BYTES -> source.is("uuid") ? KeyOrder.Part.COLLATED : KeyOrder.Part.BYTES;
      default -> KeyOrder.Part.NATURAL;
    };
  }

  /** True when it may have values that come through the log as if they were NULL. */
  boolean zeroDates() {
    return form == Form.DATE || form == Form.DATETIME;
  }

  /** True when the ghost's index orders the values as the source's does. */
  public boolean sameOrder() {
    return keepsApart() && !becomesDigits() && !isRenumbered();
  }

  /** The source's value as the ghost has it, comparable to its column through an index. */
  public String asGhost(String ref) {
    if (becomesDigits()) {
      return text(ref);
    }
    return isRenumbered()
        // By its name, as ALTER TABLE does it.
        ? ref
        : new Conversion(source, ghost).comparable(ref).orElseThrow();
  }

  /** True when an index of the source finds the ghost's values only by {@link #ghostAsSource}. */
  boolean isConverted() {
    return !sameOrder() || (form != Form.TEXT && !source.sameTypeAs(ghost));
  }

  /** The ghost's value, comparable to the source's column through an index. */
  String ghostAsSource(String ref) {
    if (becomesDigits()) {
      return number(ref);
    }
    return form == Form.TEXT
        ? "CONVERT(%s USING %s) COLLATE %s".formatted(ref, source.charset(), source.collation())
        : ref;
  }

  /** A number as text of the ghost's. */
  private String text(String number) {
    return "CONVERT(%s USING %s) COLLATE %s".formatted(number, ghost.charset(), ghost.collation());
  }

  /** Digits of the ghost's as a number, all of them. */
  private String number(String digits) {
    return "CAST(%s AS %s)".formatted(digits, source.unsigned() ? "UNSIGNED" : "SIGNED");
  }

  /** The number that a member of the one column has in the other; 0 where it has none there. */
  private static String renumbered(String number, InnodbColumn from, InnodbColumn to) {
    return "COALESCE(ELT(%s, %s), 0) + 0"
        .formatted(
            number,
            from.members().stream()
                .map(m -> Integer.toString(to.members().indexOf(m) + 1))
                .collect(Collectors.joining(", ")));
  }

  /** Selects the source's value in a form that {@link #read} takes. */
  String select(String alias) {
    return selected(alias + Sql.quote(source.name()));
  }

  /** Selects the ghost's value as if it were the source's. */
  String selectGhost(String alias) {
    String ref = alias + Sql.quote(ghost.name());
    if (becomesDigits()) {
      return number(ref);
    }
    if (isRenumbered()) {
      return renumbered(ref + " + 0", ghost, source);
    }
    if (form == Form.TEXT && !Objects.equals(source.charset(), ghost.charset())) {
      ref = "CONVERT(%s USING %s)".formatted(ref, source.charset());
    }
    return selected(ref);
  }

  private String selected(String ref) {
    return switch (form) {
      case LONG, BIG_INTEGER -> ref + " + 0";
      case TEXT -> "CAST(%s AS BINARY)".formatted(ref);
      case DECIMAL -> ref;
      case BYTES ->
          source.address() ? "CAST(%s AS BINARY(%d))".formatted(ref, source.bytes()) : ref;
      case DATE -> "CAST(%s AS CHAR)".formatted(ref);
      case DATETIME -> "CAST(CAST(%s AS DATETIME(6)) AS CHAR)".formatted(ref);
      case TIME -> "CAST(CAST(%s AS TIME(6)) AS CHAR)".formatted(ref);
    };
  }

  /**
   * A parameter that is equal to the source's column through its index. An ENUM or SET in a row
   * constructor compares as text, whatever it is compared with; its order is that of its numbers.
   */
  String equal() {
    return source.is("enum", "set") ? memberParameter() : parameter();
  }

  /** A parameter that is equal to the ghost's column through its index. */
  String ghostEqual() {
    return source.is("enum", "set") ? memberParameter() : ghostParameter();
  }

  private String memberParameter() {
    return "%s(?, %s)"
        .formatted(
            source.is("enum") ? "ELT" : "MAKE_SET",
            source.members().stream().map(Sql::literal).collect(Collectors.joining(", ")));
  }

  /** A parameter that is ordered against the source's column through its index. */
  String parameter() {
    return switch (form) {
      case LONG, BIG_INTEGER, DECIMAL -> "?";
      case BYTES -> source.address() ? "CAST(? AS %s)".formatted(source.type()) : "?";
      case TEXT -> "CONVERT(? USING %s) COLLATE %s".formatted(source.charset(), source.collation());
      case DATE -> "CAST(? AS DATE)";
      case DATETIME -> "CAST(? AS DATETIME(6))";
      case TIME -> "CAST(? AS TIME(6))";
    };
  }

  /** A parameter that is ordered against the ghost's column through its index. */
  String ghostParameter() {
    if (becomesDigits()) {
      return text("?");
    }
    if (isRenumbered()) {
      return renumbered("?", source, ghost);
    }
    if (form != Form.TEXT || source.sameTypeAs(ghost)) {
      return parameter();
    }
    String value = "CONVERT(? USING %s)".formatted(source.charset());
    if (!Objects.equals(source.charset(), ghost.charset())) {
      value = "CONVERT(%s USING %s)".formatted(value, ghost.charset());
    }
    return value + " COLLATE " + ghost.collation();
  }

  @Override
  public Object read(ResultSet rs, int index) throws SQLException {
    return switch (form) {
      case LONG -> rs.getLong(index);
      case BIG_INTEGER -> rs.getBigDecimal(index).toBigInteger();
      case DECIMAL -> rs.getBigDecimal(index).setScale(source.scale());
      case TEXT, BYTES -> rs.getBytes(index);
      case DATE, DATETIME -> rs.getString(index);
      case TIME -> micros(rs.getString(index));
    };
  }

  @Override
  public String name() {
    return source.name();
  }

  /** Binds one of its values. */
  Fragment.Binding binding(Object value) {
    return (statement, index) -> bind(statement, index, value);
  }

  private void bind(PreparedStatement statement, int index, Object value) throws SQLException {
    switch (form) {
      case LONG -> statement.setLong(index, (Long) value);
      case BIG_INTEGER -> statement.setBigDecimal(index, new BigDecimal((BigInteger) value));
      case DECIMAL -> statement.setBigDecimal(index, (BigDecimal) value);
      case TEXT, BYTES -> statement.setBytes(index, (byte[]) value);
      case DATE, DATETIME -> statement.setString(index, (String) value);
      case TIME -> statement.setString(index, time((Long) value));
    }
  }

  @Override
  public String describe(Object value) {
    return switch (form) {
      case TEXT -> "'" + decoded((byte[]) value) + "'";
      case BYTES ->
          source.is("uuid")
              ? "'" + UUID_FORM.matcher(hex(value)).replaceFirst("$1-$2-$3-$4-$5") + "'"
              : "0x" + hex(value);
      case DATE, DATETIME -> "'" + value + "'";
      case TIME -> "'" + time((Long) value) + "'";
      default ->
          source.is("enum") && (Long) value > 0
              ? "'" + source.members().get(((Long) value).intValue() - 1) + "'"
              : value.toString();
    };
  }

  private static String hex(Object value) {
    return HexFormat.of().formatHex((byte[]) value);
  }

  private String decoded(byte[] bytes) {
    String charset = source.charset();
    try {
      return charset == null
          ? "0x" + hex(bytes)
          : new String(bytes, Charset.forName(javaName(charset)));
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return "0x" + hex(bytes);
    }
  }

  private static String javaName(String charset) {
    return switch (charset) {
      case "utf8mb4", "utf8mb3", "utf8" -> "UTF-8";
      case "latin1" -> "windows-1252";
      case "latin2" -> "ISO-8859-2";
      case "ucs2" -> "UTF-16BE";
      case "binary" -> "ISO-8859-1";
      default -> charset;
    };
  }

  /** {@code [-]hhh:mm:ss.ffffff} as microseconds. */
  private static long micros(String text) {
    boolean negative = text.startsWith("-");
    String[] parts = text.substring(negative ? 1 : 0).split("[:.]");
    long seconds =
        Long.parseLong(parts[0]) * 3600 + Long.parseLong(parts[1]) * 60 + Long.parseLong(parts[2]);
    long micros = seconds * 1_000_000 + Long.parseLong(parts[3]);
    return negative ? -micros : micros;
  }

  private static String time(long micros) {
    long rest = Math.abs(micros);
    long seconds = rest / 1_000_000;
    return String.format(
        Locale.ROOT,
        "%s%02d:%02d:%02d.%06d",
        micros < 0 ? "-" : "",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        rest % 1_000_000);
  }
}
