package dev.ghost.internal.dialect.common;

/** How a product writes comments, what is quoted, and words. */
public interface SqlLexicon {

  /** Returns the end of the comment that begins at a place; the place where none does. */
  int endOfComment(String text, int at);

  /** Returns the end of the text or name in quotes that begins at a place; or else the place. */
  int endOfQuoted(String text, int at);

  /** Returns the end of the word or number that begins at a place; the place where none does. */
  int endOfWord(String text, int at);
}
