package dev.ghost.it;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Types of PostgreSQL, and for each some odd values, of which the first is NULL. The types {@code
 * mood}, {@code pair} and {@code positive} are {@link TwinOfPostgres}'s own.
 */
final class OddPostgresValues {

  private final Map<String, List<String>> types = new LinkedHashMap<>();

  private OddPostgresValues() {}

  static Map<String, List<String>> all() {
    OddPostgresValues values = new OddPostgresValues();
    values.numbers();
    values.times();
    values.texts();
    values.others();
    return values.types;
  }

  private void numbers() {
    type("smallint", "0", "1", "-1", "32767", "-32768");
    type("int", "0", "1", "-1", "7", "2147483647", "-2147483648");
    type("bigint", "0", "1", "9223372036854775807", "-9223372036854775808");
    type("numeric", "0", "1.500", "NaN", "1e50", "-0.00001", "Infinity");
    type("numeric(12,3)", "0", "1.5", "-1.005", "123456789.999", "NaN");
    type("real", "0", "-0", "0.1", "1e20", "NaN", "Infinity", "3.4e38");
    type("double precision", "0", "-0", "0.1", "1e300", "NaN", "-Infinity", "0.30000000000000004");
    type("money", "0", "1.50", "-99.99");
    type("boolean", "true", "false");
    type("oid", "0", "4294967295");
  }

  private void times() {
    type("date", "infinity", "0044-03-15 BC", "2020-02-29", "9999-12-31", "1970-01-01");
    type("timestamp", "-infinity", "2024-02-29 23:59:59.999999", "1970-01-01", "0044-03-15 BC");
    type("timestamp(0)", "2020-02-03 04:05:06", "infinity");
    type("timestamptz", "infinity", "2024-10-27 00:30:00.1234+00", "2038-01-19 03:14:08+00");
    type("timestamptz(3)", "2024-10-27 00:30:00.1234+00", "1970-01-01 00:00:00+14");
    type("time", "00:00", "24:00", "23:59:59.999999");
    type("timetz", "10:00:00+05:30", "24:00:00-15");
    type("interval", "1 year -2 days 03:04:05.000006", "0", "1 mon", "-30 days");
  }

  private void texts() {
    List<String> texts =
        List.of(
            "",
            "a",
            "A",
            "1",
            "1.5",
            " 7",
            "a  ",
            "it's",
            "é",
            "😀",
            "ß",
            "日本",
            "\\x",
            "[1]",
            "{\"a\": 1.0}",
            "2020-02-03",
            "NULL",
            "a,b");
    types.put("text", quoted(texts));
    types.put("varchar(50)", quoted(texts));
    types.put("varchar(3)", quoted(List.of("", "a", "😀", "1", "abc")));
    types.put("char(12)", quoted(texts));
    types.put("text COLLATE \"C\"", quoted(texts));
    type("\"char\"", "a", "", "1");
    type("name", "", "a", "a b");
    type("bytea", "", "\\x00ff80", "\\x27", "\\x5c");
    type("json", "{\"b\": 1.0, \"a\": [1, 1], \"a\": 2}", "null", "1", "\"é\"");
    type("jsonb", "{\"b\": 1.00}", "null", "[]", "1e2", "\"😀\"");
    type("xml", "<a>1</a>", "<b/>");
  }

  private void others() {
    type("bit(5)", "10101", "00000");
    type("bit varying(20)", "", "1", "0101");
    type("uuid", "00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426655440000");
    type("inet", "10.0.0.1/8", "::1", "1.2.3.4");
    type("cidr", "10.0.0.0/8", "::/0");
    type("macaddr", "08:00:2b:01:02:03");
    type("tsvector", "a fat cat", "x:1A", "");
    type("tsquery", "fat & cat");
    type("point", "(1,2)", "(NaN,-0)");
    type("box", "(1,1),(0,0)");
    type("path", "[(0,0),(1,1)]", "((0,0),(1,1))");
    type("int[]", "{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[2:3]={1,2}");
    type("text[]", "{}", "{\"a\",NULL,\"NULL\",\"\"}", "{\"it's\",\"a,b\",\"\\\"\"}");
    type("int4range", "empty", "[1,5)", "(,3]");
    type("tstzmultirange", "{}", "{[2024-01-01,2024-02-01)}");
    type("mood", "sad", "ok", "very happy");
    type("pair", "(1,\"y\"\"\")", "(,)", "(2,)");
    type("pair[]", "{\"(1,a)\"}", "{}");
    type("positive", "1", "0.5", "1e40");
    type("pg_lsn", "0/16B3748", "0/0");
  }

  private void type(String type, String... values) {
    types.put(type, quoted(List.of(values)));
  }

  private static List<String> quoted(List<String> values) {
    List<String> literals = new ArrayList<>(List.of("NULL"));
    values.forEach(v -> literals.add("'" + v.replace("'", "''") + "'"));
    return literals;
  }
}
