package dev.ghost.internal.dialect.innodb.log;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.Year;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.BitSet;
import java.util.Locale;
import java.util.Properties;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Carries key values through Debezium just as the binary log has them; text above all as bytes, in
 * the column's own charset. Debezium makes it by its class name.
 */
public final class KeyConverter implements CustomConverter<SchemaBuilder, RelationalColumn> {

  private static final DateTimeFormatter DATETIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

  @Override
  public void configure(Properties properties) {}

  @Override
  public void converterFor(
      RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
    String type = column.typeName().toUpperCase(Locale.ROOT);
    String base = type.split("[ (]", 2)[0];
    boolean unsigned = type.contains("UNSIGNED");
    switch (base) {
      case "TINYINT", "BOOL", "BOOLEAN" -> integer(registration, unsigned ? 0xFFL : -1);
      case "SMALLINT" -> integer(registration, unsigned ? 0xFFFFL : -1);
      case "MEDIUMINT" -> integer(registration, unsigned ? 0xFF_FFFFL : -1);
      case "INT", "INTEGER" -> integer(registration, unsigned ? 0xFFFF_FFFFL : -1);
      case "BIGINT" -> {
        if (unsigned) {
          registration.register(SchemaBuilder.string().optional(), KeyConverter::unsigned);
        } else {
          integer(registration, -1);
        }
      }
      case "YEAR", "ENUM" -> integer(registration, -1);
      case "SET", "BIT" ->
          registration.register(SchemaBuilder.string().optional(), KeyConverter::unsigned);
      case "DECIMAL", "NUMERIC", "DEC", "FIXED" ->
          registration.register(
              SchemaBuilder.string().optional(),
              v -> v instanceof BigDecimal d ? d.toPlainString() : null);
      case "CHAR", "VARCHAR", "BINARY", "VARBINARY" ->
          registration.register(
              SchemaBuilder.bytes().optional(), v -> v instanceof byte[] ? v : null);
      case "DATE", "DATETIME", "TIMESTAMP" ->
          registration.register(SchemaBuilder.string().optional(), KeyConverter::time);
      case "TIME" ->
          registration.register(
              SchemaBuilder.int64().optional(),
              v -> v instanceof Duration d ? d.toNanos() / 1_000 : null);
      default -> {
        // Not a type that a key can have; Debezium's own conversion will do.
      }
    }
  }

  /** The log has no sign: an unsigned number comes as the signed one with the same bits. */
  private static void integer(ConverterRegistration<SchemaBuilder> registration, long mask) {
    registration.register(
        SchemaBuilder.int64().optional(),
        v -> {
          if (v instanceof Year year) {
            return (long) year.getValue();
          }
          return v instanceof Number n ? n.longValue() & mask : null;
        });
  }

  private static @Nullable Object unsigned(Object value) {
    if (value instanceof BigInteger || value instanceof BigDecimal) {
      return value.toString();
    }
    if (value instanceof Number n) {
      return Long.toUnsignedString(n.longValue());
    }
    if (value instanceof BitSet bits) {
      BigInteger number = BigInteger.ZERO;
      for (int i = bits.nextSetBit(0); i >= 0; i = bits.nextSetBit(i + 1)) {
        number = number.setBit(i);
      }
      return number.toString();
    }
    return null;
  }

  private static @Nullable Object time(Object value) {
    if (value instanceof LocalDate date) {
      return date.toString();
    }
    if (value instanceof LocalDateTime time) {
      return DATETIME.format(time);
    }
    if (value instanceof OffsetDateTime time) {
      return DATETIME.format(time.withOffsetSameInstant(ZoneOffset.UTC));
    }
    return value instanceof ZonedDateTime time
        ? DATETIME.format(time.withZoneSameInstant(ZoneOffset.UTC))
        : null;
  }
}
