package dev.ghost.it;

/**
 * A column of a generated table.
 *
 * @param name as the server stores it
 * @param quoted as a statement says it
 * @param rest what follows the type: NOT NULL, a default, a comment
 * @param written false where the server makes the values itself
 * @param touched true where the server writes it with every UPDATE that does not name it
 */
record TwinColumn(
    String name, String quoted, String type, String rest, boolean written, boolean touched) {

  String definition() {
    return (quoted + " " + type + " " + rest).strip();
  }

  /** Tells whether statements may say the name without quotes. */
  boolean plain() {
    return name.matches("c[0-9]+|new[0-9]+");
  }
}
