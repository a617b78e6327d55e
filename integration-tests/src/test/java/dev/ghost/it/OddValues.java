package dev.ghost.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Types of MySQL and MariaDB, and for each the values at which conversions go wrong. */
final class OddValues {

  private static final List<String> TEXTS =
      List.of(
          "''",
          "'a'",
          "'A'",
          "'b'",
          "'1'",
          "'2'",
          "'1.5'",
          "'-1'",
          "'0'",
          "' 7'",
          "'7 '",
          "'x y'",
          "'abc'",
          "'a,b'",
          "'2020-02-03'",
          "'2020-02-03 04:05:06.789'",
          "'0000-00-00'",
          "'12:34:56'",
          "'1e3'",
          "'99999999999999999999'",
          "'[1]'",
          "'{\"a\": 1}'",
          "'9'",
          "'70'",
          "'a  '");
  private static final List<String> WIDE = plus(TEXTS, "'é'", "'😀'", "'ß'", "'日本'");
  private static final List<String> BYTES =
      List.of(
          "''",
          "'a'",
          "0x00",
          "0x6100",
          "0x610000",
          "'1'",
          "'12'",
          "0xFF",
          "0xC3A9",
          "0xF09F9880",
          "'1.5'",
          "'2020-02-03'",
          "'a  '",
          "'[1]'",
          "0x0001020304",
          "0x20");
  private static final List<String> SMALL = List.of("0", "1", "2", "3", "-1", "9", "70", "127");

  private final Map<String, List<String>> types = new LinkedHashMap<>();
  private final boolean few;

  private OddValues(boolean few) {
    this.few = few;
  }

  /**
   * The types of a product.
   *
   * @param few only some of each kind
   */
  static Map<String, List<String>> of(Db db, boolean few) {
    OddValues values = new OddValues(few);
    values.numbers();
    values.times();
    values.texts();
    values.bytes();
    values.members();
    values.ofProduct(db);
    return values.types;
  }

  /**
   * A value to the last bit.
   *
   * @param type bare, in lower case
   */
  static String exact(String type, String column) {
    return switch (type) {
      case "enum", "set" -> "CONCAT(%1$s + 0, ' ', HEX(%1$s))".formatted(column);
      case "bit" -> "HEX(%s + 0)".formatted(column);
      case "float" -> "CAST(CAST(%s AS DOUBLE) AS CHAR)".formatted(column);
      case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "double" ->
          "CAST(%s AS CHAR)".formatted(column);
      case "year", "date", "time", "datetime", "timestamp", "uuid", "inet4", "inet6", "json" ->
          "CAST(%s AS CHAR)".formatted(column);
      default -> "HEX(%s)".formatted(column);
    };
  }

  private void numbers() {
    rare("TINYINT", "0", "1", "2", "3", "-1", "9", "70", "127", "-128");
    rare("TINYINT UNSIGNED", "0", "1", "2", "255");
    rare("SMALLINT", "0", "1", "2020", "-32768", "32767");
    rare("MEDIUMINT UNSIGNED", "0", "1", "16777215", "123456");
    usual("INT", plus(SMALL, "99", "20200203", "2147483647", "-2147483648", "2155", "1901"));
    rare("INT UNSIGNED", "0", "1", "4294967295", "4294967294");
    usual("INT(5) ZEROFILL", List.of("0", "1", "12345", "123456"));
    usual("BIGINT", plus(SMALL, "9223372036854775807", "-9223372036854775808", "20200203040506"));
    rare("BIGINT UNSIGNED", "0", "1", "18446744073709551615", "9223372036854775808");
    usual("DECIMAL(10,2)", List.of("0", "1", "1.5", "2.5", "-1.5", "-0.01", "99999999.99", "0.50"));
    rare("DECIMAL(30,10) UNSIGNED", "0", "1", "1.5", "2.5", "12345678901234567890.0123456789");
    rare(
        "DECIMAL(65,0)",
        "0",
        "1",
        "12345678901234567890123456789012345678901234567890123456789012345");
    rare("DECIMAL(10,2) ZEROFILL", "0", "1.5", "99999999.99");
    usual(
        "FLOAT",
        List.of(
            "0",
            "1",
            "1.5",
            "2.5",
            "-1.5",
            "0.1",
            "1e20",
            "3.4e38",
            "-1e-20",
            "16777216",
            "123456.7",
            "3.14159274"));
    rare("FLOAT(7,3)", "0", "1.5", "1234.567", "0.001");
    usual(
        "DOUBLE",
        List.of(
            "0",
            "1",
            "1.5",
            "2.5",
            "-1.5",
            "0.1",
            "1e20",
            "1e300",
            "-1e-300",
            "9007199254740993",
            "0.30000000000000004",
            "123456789.123456789",
            "-0.0"));
    rare("DOUBLE(10,2)", "0", "1.5", "12345678.91", "0.01");
    rare("DOUBLE UNSIGNED", "0", "1.5", "1e19");
    rare("BIT(1)", "b'0'", "b'1'");
    usual("BIT(8)", List.of("b'0'", "b'1'", "b'01100001'", "b'11111111'"));
    rare("BIT(64)", "b'0'", "b'1'", "0xFFFFFFFFFFFFFFFF", "0x61626364");
    usual("YEAR", List.of("0", "1901", "1970", "2000", "2069", "2155", "2020"));
  }

  private void times() {
    usual(
        "DATE",
        List.of(
            "'2020-02-03'",
            "'1000-01-01'",
            "'9999-12-31'",
            "'0000-00-00'",
            "'2020-00-00'",
            "'2020-02-00'",
            "'1970-01-01'"));
    rare(
        "TIME",
        "'00:00:00'",
        "'12:34:56'",
        "'-12:34:56'",
        "'838:59:59'",
        "'-838:59:59'",
        "'25:00:00'");
    usual("TIME(6)", List.of("'12:34:56.789012'", "'00:00:00.5'", "'-00:00:00.5'", "'838:59:59'"));
    rare(
        "DATETIME",
        "'2020-02-03 04:05:06'",
        "'0000-00-00 00:00:00'",
        "'2020-00-00 00:00:00'",
        "'9999-12-31 23:59:59'",
        "'1000-01-01 00:00:00'",
        "'1970-01-01 00:00:00'",
        "'2038-01-19 03:14:08'");
    usual(
        "DATETIME(6)",
        List.of(
            "'2020-02-03 04:05:06.789012'",
            "'2020-02-03 04:05:06.5'",
            "'2020-02-03 23:59:59.999999'",
            "'9999-12-31 23:59:59.999999'",
            "'0000-00-00 00:00:00'",
            "'2020-02-03 00:00:00'"));
    rare(
        "TIMESTAMP NULL",
        "'2020-02-03 04:05:06'",
        "'1970-01-01 00:00:01'",
        "'2038-01-19 03:14:07'",
        "'0000-00-00 00:00:00'");
    usual(
        "TIMESTAMP(6) NULL",
        List.of(
            "'2020-02-03 04:05:06.789012'",
            "'2020-02-03 23:59:59.999999'",
            "'2038-01-19 03:14:07.999999'"));
  }

  private void texts() {
    usual("CHAR(30)", WIDE);
    rare("CHAR(3)", "''", "'a'", "'abc'", "'12 '", "'😀'");
    usual("VARCHAR(30)", WIDE);
    rare("VARCHAR(3)", "''", "'a'", "'abc'", "'12 '", "'😀'", "'a  '");
    rare("VARCHAR(30) COLLATE utf8mb4_bin", WIDE);
    rare("VARCHAR(30) CHARACTER SET utf8mb3", plus(TEXTS, "'é'", "'日本'"));
    usual("VARCHAR(30) CHARACTER SET latin1", plus(TEXTS, "'é'", "'ß'", "0x80"));
    rare("CHAR(30) CHARACTER SET latin1", plus(TEXTS, "'é'"));
    rare("VARCHAR(30) CHARACTER SET ascii", TEXTS);
    rare("VARCHAR(30) CHARACTER SET ucs2", plus(TEXTS, "'é'", "'日本'"));
    rare("VARCHAR(30) CHARACTER SET utf16", WIDE);
    rare("VARCHAR(30) CHARACTER SET gbk", plus(TEXTS, "'日本'"));
    rare("TINYTEXT", WIDE);
    usual("TEXT", WIDE);
    rare("MEDIUMTEXT", WIDE);
    rare("LONGTEXT", WIDE);
    rare("TEXT CHARACTER SET latin1", plus(TEXTS, "'é'"));
  }

  private void bytes() {
    rare("BINARY(3)", "''", "'a'", "'abc'", "0x610000", "0xFFFFFF", "'1'");
    usual("BINARY(16)", BYTES);
    usual("VARBINARY(30)", BYTES);
    rare("VARBINARY(3)", "''", "'a'", "0x00", "0xFFFFFF", "'1'");
    rare("TINYBLOB", BYTES);
    usual("BLOB", BYTES);
    rare("LONGBLOB", BYTES);
  }

  private void members() {
    usual(
        "ENUM('a','b','1','2','x y','9')",
        List.of("'a'", "'b'", "'1'", "'2'", "'x y'", "''", "'9'"));
    rare("ENUM('9','2','1','b','a','x y')", "'a'", "'1'", "'9'", "''");
    usual("ENUM('0','','a','😀','é')", List.of("'0'", "''", "'a'", "'😀'", "'é'"));
    rare("ENUM('a','é','1') CHARACTER SET latin1", "'a'", "'é'", "'1'");
    rare("ENUM('1.5','0','2020-02-03','12:34:56')", "'1.5'", "'0'", "'2020-02-03'", "'12:34:56'");
    usual("SET('a','b','1','2','9')", List.of("''", "'a'", "'b'", "'1'", "'a,b'", "'a,1,2'"));
    rare("SET('9','2','1','b','a','c')", "''", "'a'", "'a,b'", "'c'");
    rare("SET('é','😀','a')", "''", "'é'", "'😀,a'");
  }

  private void ofProduct(Db db) {
    usual(
        "JSON",
        List.of(
            "'1'",
            "'1.5'",
            "'\"a\"'",
            "'[1]'",
            "'{\"a\": 1}'",
            "'null'",
            "'true'",
            "'\"2020-02-03\"'"));
    if (db == Db.MARIADB) {
      usual(
          "UUID",
          List.of(
              "'00000000-0000-0000-0000-000000000000'", "'123e4567-e89b-12d3-a456-426655440000'"));
      rare("INET4", "'0.0.0.0'", "'1.2.3.4'");
      usual("INET6", List.of("'::'", "'::ffff:1.2.3.4'", "'2001:db8::1'"));
    } else {
      rare("VECTOR(3)", "STRING_TO_VECTOR('[1,2,3]')");
    }
    usual("GEOMETRY", List.of("ST_GeomFromText('POINT(1 2)')"));
    rare("POINT", "ST_GeomFromText('POINT(1 2)')");
    rare("LINESTRING", "ST_GeomFromText('LINESTRING(1 2,3 4)')");
  }

  private void rare(String type, String... values) {
    rare(type, List.of(values));
  }

  private void rare(String type, List<String> values) {
    if (!few) {
      usual(type, values);
    }
  }

  private void usual(String type, List<String> values) {
    types.put(type, plus(values, "NULL"));
  }

  private static List<String> plus(List<String> values, String... more) {
    List<String> all = new ArrayList<>(values);
    all.addAll(List.of(more));
    return all;
  }
}
