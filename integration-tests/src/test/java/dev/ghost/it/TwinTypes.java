package dev.ghost.it;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What can be said of the types of MySQL and MariaDB, for {@link TwinOfInnodb}. */
record TwinTypes(Random random) {

  /** The types that no index takes as a whole. */
  static final String NO_INDEX = ".*(TEXT|BLOB|JSON|GEOMETRY|POINT|LINESTRING|VECTOR).*";

  private static final Pattern FIRST_MEMBER = Pattern.compile("(?:ENUM|SET)\\(('[^']*')");
  private static final String NUMBERS = "(TINY|SMALL|MEDIUM|BIG)?INT.*|DECIMAL.*|FLOAT.*|DOUBLE.*";

  /** A literal that any column of a type can have; empty where none is certain. */
  Optional<String> defaultOf(String type) {
    Matcher member = FIRST_MEMBER.matcher(type);
    if (member.lookingAt()) {
      return Optional.of(member.group(1));
    }
    if (type.matches(NO_INDEX) || type.matches("UUID|INET.*")) {
      return Optional.empty();
    }
    if (type.startsWith("BIT")) {
      return Optional.of("b'1'");
    }
    if (type.matches(NUMBERS)) {
      return Optional.of(pick(List.of("1", "0", "'1'", "(2 - 1)")));
    }
    if (type.startsWith("YEAR")) {
      return Optional.of("2020");
    }
    if (type.startsWith("TIME(") || type.equals("TIME")) {
      return Optional.of("'12:34:56'");
    }
    if (type.matches("(DATE|TIMESTAMP).*")) {
      return Optional.of("'2020-02-03'");
    }
    return Optional.of(pick(List.of("''", "'a'", "'it'", "(UPPER('x'))")));
  }

  /** A type that is likely to take what another one holds. */
  String convertible(String type) {
    if (type.matches("(TINY|SMALL|MEDIUM)?INT.*")) {
      return pick(List.of("BIGINT", "VARCHAR(40)", "DECIMAL(30,2)", "DOUBLE", "TEXT"));
    }
    if (type.startsWith("BIGINT")) {
      return pick(List.of("VARCHAR(40)", "DECIMAL(30,2)", "BIGINT"));
    }
    if (type.matches("DECIMAL.*|FLOAT.*|DOUBLE.*|YEAR|DATE|TIME.*|DATETIME.*")) {
      return widened(type);
    }
    if (type.matches("(ENUM|SET)\\(.*")) {
      return random.nextInt(100) < 70 ? type.replaceFirst("\\)", ",'zz')") : "VARCHAR(60)";
    }
    if (type.matches("(VAR)?CHAR.*|.*TEXT.*")) {
      return pick(
          List.of(
              "VARCHAR(200)",
              "TEXT",
              "LONGTEXT",
              "VARCHAR(60) CHARACTER SET utf8mb4",
              "VARCHAR(60) COLLATE utf8mb4_bin",
              "VARCHAR(25)"));
    }
    return type.matches("(VAR)?BINARY.*|.*BLOB")
        ? pick(List.of("VARBINARY(100)", "BLOB", "LONGBLOB"))
        : type;
  }

  private String widened(String type) {
    return switch (type.replaceFirst("[( ].*", "")) {
      case "DECIMAL" -> pick(List.of("DECIMAL(65,10)", "VARCHAR(80)", "DOUBLE"));
      case "FLOAT" -> pick(List.of("DOUBLE", "VARCHAR(40)"));
      case "YEAR" -> pick(List.of("SMALLINT UNSIGNED", "VARCHAR(10)"));
      case "DATE" -> pick(List.of("DATETIME", "VARCHAR(20)", "DATETIME(6)"));
      case "TIME" -> pick(List.of("TIME(6)", "VARCHAR(30)"));
      case "DATETIME" -> pick(List.of("DATETIME(6)", "VARCHAR(40)", "DATETIME(3)", "DATE"));
      case "TIMESTAMP" -> pick(List.of("DATETIME(6)", "TIMESTAMP(3) NULL", "VARCHAR(40)"));
      default -> pick(List.of("DOUBLE", "VARCHAR(330)"));
    };
  }

  private String pick(List<String> all) {
    return all.get(random.nextInt(all.size()));
  }
}
