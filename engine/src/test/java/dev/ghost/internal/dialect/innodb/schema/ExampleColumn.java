package dev.ghost.internal.dialect.innodb.schema;

/** Columns of a few types, for tests of keys. */
public final class ExampleColumn {

  private ExampleColumn() {}

  public static InnodbColumn column(String name, String type, String fullType) {
    return new InnodbColumn(name, type, fullType, null, null, false, null, "", 0, 0, 0, "");
  }

  public static InnodbColumn text(String name, String type, String fullType, String collation) {
    String charset = collation.substring(0, collation.indexOf('_'));
    return new InnodbColumn(
        name, type, fullType, charset, collation, false, null, "", 20, 0, 0, "");
  }

  /**
   * Returns a column.
   *
   * @param type {@code int}, {@code uuid}; text that is compared by its letters, {@code ci}, or by
   *     its bytes, {@code bin}; an ENUM of {@code xy}, or of {@code yzx}
   */
  public static InnodbColumn of(String type, String name) {
    return switch (type) {
      case "int" -> column(name, "int", "int");
      case "uuid" -> column(name, "uuid", "uuid");
      case "ci" -> text(name, "varchar", "varchar(20)", "utf8mb4_general_ci");
      case "bin" -> text(name, "varchar", "varchar(20)", "utf8mb4_bin");
      case "xy" -> text(name, "enum", "enum('x','y')", "utf8mb4_bin");
      case "yzx" -> text(name, "enum", "enum('y','z','x')", "utf8mb4_bin");
      default -> throw new IllegalArgumentException(type);
    };
  }
}
