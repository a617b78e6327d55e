package dev.ghost.internal.dialect.postgres.sql;

import dev.ghost.internal.dialect.common.SqlToken;
import dev.ghost.internal.dialect.common.SqlToken.Kind;
import dev.ghost.internal.dialect.common.SqlTokens;
import java.util.List;

/**
 * A piece of a statement that is no comment.
 *
 * @param word folded as the server folds it; a name in quotes without them, a text with them
 */
record Token(String word, boolean quoted, int from, int to) {

  static List<Token> of(String text) {
    return SqlTokens.of(new PostgresLexicon(), text).stream()
        .filter(t -> !t.isComment())
        .map(t -> new Token(word(t), t.kind() == Kind.QUOTED, t.from(), t.to()))
        .toList();
  }

  private static String word(SqlToken token) {
    String text = token.text();
    if (text.startsWith("\"")) {
      return text.substring(1, text.length() - 1).replace("\"\"", "\"");
    }
    return token.kind() == Kind.WORD ? folded(text) : text;
  }

  /** As the server folds what is not quoted: other letters than these stay as they are. */
  private static String folded(String word) {
    return word.chars()
        .map(c -> c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  boolean is(String keyword) {
    return !quoted && word.equals(keyword);
  }
}
