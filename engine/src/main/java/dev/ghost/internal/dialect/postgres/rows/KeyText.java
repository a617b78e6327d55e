package dev.ghost.internal.dialect.postgres.rows;

import io.debezium.connector.postgresql.PostgresValueConverter;
import io.debezium.data.SpecialValueDecimal;
import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Properties;
import org.apache.kafka.connect.data.SchemaBuilder;

/**
 * Carries key values through Debezium as text that the server casts back to the same value.
 * Debezium makes it by its class name.
 */
public final class KeyText implements CustomConverter<SchemaBuilder, RelationalColumn> {

  private static final String INFINITY = "infinity";

  /** The last year of a date, and the first one, 4714 BC. */
  private static final int LAST_YEAR = 5_874_897;

  private static final int FIRST_YEAR = -4_713;

  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .appendPattern("HH:mm:ss")
          .appendFraction(ChronoField.MICRO_OF_SECOND, 0, 6, true)
          .toFormatter(Locale.ROOT);

  @Override
  public void configure(Properties properties) {}

  @Override
  public void converterFor(
      RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    String type = column.typeName();
    registration.register(SchemaBuilder.string().optional(), v -> v == null ? null : text(type, v));
  }

  private static String text(String type, Object value) {
    if (value instanceof LocalDate date) {
      return date(date);
    }
    if (value instanceof LocalTime time) {
      return TIME.format(time);
    }
    if (value instanceof LocalDateTime time) {
      return dateTime(time);
    }
    if (value instanceof Instant instant) {
      String text = dateTime(LocalDateTime.ofInstant(instant, ZoneOffset.UTC));
      return type.equals("timestamptz") ? zoned(text) : text;
    }
    if (value instanceof OffsetDateTime time) {
      return zoned(dateTime(time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime()));
    }
    if (value instanceof ZonedDateTime time) {
      return zoned(dateTime(time.withZoneSameInstant(ZoneOffset.UTC).toLocalDateTime()));
    }
    if (value instanceof SpecialValueDecimal number) {
      // Double writes infinity, and what is no number, as the server does.
      return number
          .getDecimalValue()
          .map(BigDecimal::toPlainString)
          .orElseGet(() -> Double.toString(number.toDouble()));
    }
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof ByteBuffer bytes) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      return "\\x" + HexFormat.of().formatHex(copy);
    }
    if (value instanceof TemporalAccessor) {
      throw new IllegalStateException("a key value of " + value.getClass() + " is not known");
    }
    return value.toString();
  }

  private static String date(LocalDate date) {
    return date.equals(PostgresValueConverter.POSITIVE_INFINITY_LOCAL_DATE) ? INFINITY : day(date);
  }

  /**
   * As the server writes it: years before 1 as BC, with at least four digits. What Debezium has for
   * the infinities of some types is a year that no value can have.
   */
  private static String day(LocalDate date) {
    if (date.getYear() > LAST_YEAR) {
      return "infinity";
    }
    if (date.getYear() < FIRST_YEAR) {
      return "-infinity";
    }
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return "%04d-%02d-%02d%s"
        .formatted(
            year, date.getMonthValue(), date.getDayOfMonth(), date.getYear() > 0 ? "" : " BC");
  }

  private static String dateTime(LocalDateTime time) {
    boolean infinite = time.equals(PostgresValueConverter.POSITIVE_INFINITY_LOCAL_DATE_TIME);
    String date = infinite ? INFINITY : day(time.toLocalDate());
    if (date.endsWith(INFINITY)) {
      return date;
    }
    boolean bc = date.endsWith(" BC");
    String text = (bc ? date.substring(0, date.length() - 3) : date) + " " + time(time);
    return bc ? text + " BC" : text;
  }

  /** Without the zeros at the end of a fraction. */
  private static String time(LocalDateTime time) {
    return TIME.format(time);
  }

  private static String zoned(String text) {
    if (text.endsWith(INFINITY)) {
      return text;
    }
    return text.endsWith(" BC") ? text.substring(0, text.length() - 3) + "+00 BC" : text + "+00";
  }
}
