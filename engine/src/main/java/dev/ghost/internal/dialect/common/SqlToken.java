package dev.ghost.internal.dialect.common;

/**
 * A piece of a statement.
 *
 * @param text as it is written, quotes included
 * @param from where it begins
 * @param to behind its end
 */
public record SqlToken(Kind kind, String text, int from, int to) {

  public enum Kind {
    WORD,
    QUOTED,
    COMMENT,
    /** One character of anything else. */
    SIGN
  }

  public boolean isComment() {
    return kind == Kind.COMMENT;
  }
}
