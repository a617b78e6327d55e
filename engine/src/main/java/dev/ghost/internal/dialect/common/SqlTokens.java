package dev.ghost.internal.dialect.common;

import dev.ghost.internal.dialect.common.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;

/** Cuts a statement, or a script, into tokens. What they mean is for the server to say. */
public final class SqlTokens {

  /** What {@link #endOfQuoted} returns where a quote is not closed. */
  public static final int UNCLOSED = -1;

  private SqlTokens() {}

  /** All tokens of a text, with the comments. */
  public static List<SqlToken> of(SqlLexicon lexicon, String text) {
    List<SqlToken> tokens = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      if (Character.isWhitespace(text.charAt(at))) {
        at++;
      } else {
        SqlToken token = token(lexicon, text, at);
        tokens.add(token);
        at = token.to();
      }
    }
    return tokens;
  }

  private static SqlToken token(SqlLexicon lexicon, String text, int at) {
    Kind kind = Kind.COMMENT;
    int end = lexicon.endOfComment(text, at);
    if (end == at) {
      kind = Kind.QUOTED;
      end = lexicon.endOfQuoted(text, at);
    }
    if (end == at) {
      kind = Kind.WORD;
      end = lexicon.endOfWord(text, at);
    }
    if (end == at) {
      kind = Kind.SIGN;
      end = at + 1;
    }
    return new SqlToken(kind, text.substring(at, end), at, end);
  }

  /**
   * The statements of a script: what stands between semicolons, from its first word to its last.
   */
  public static List<String> statements(SqlLexicon lexicon, String script) {
    return statements(script, of(lexicon, script));
  }

  /** The same, of tokens that are known already. */
  public static List<String> statements(String script, List<SqlToken> all) {
    List<String> statements = new ArrayList<>();
    List<SqlToken> tokens = all.stream().filter(t -> !t.isComment()).toList();
    int first = 0;
    for (int i = 0; i <= tokens.size(); i++) {
      if (i == tokens.size() || tokens.get(i).text().equals(";")) {
        if (i > first) {
          statements.add(script.substring(tokens.get(first).from(), tokens.get(i - 1).to()));
        }
        first = i + 1;
      }
    }
    return statements;
  }

  /** A statement without blanks around it, and without a semicolon at its end. */
  public static String withoutSemicolon(String statement) {
    String text = statement.strip();
    return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
  }

  /**
   * Returns the place behind the quote that closes the one at a place; {@link #UNCLOSED} where none
   * does. Two quotes stand for one.
   *
   * @param escapes true when a backslash takes the next character as it is
   */
  public static int endOfQuoted(String text, int at, boolean escapes) {
    char quote = text.charAt(at);
    int i = at + 1;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (escapes && c == '\\') {
        i += 2;
      } else if (c == quote && i + 1 < text.length() && text.charAt(i + 1) == quote) {
        i += 2;
      } else if (c == quote) {
        return i + 1;
      } else {
        i++;
      }
    }
    return UNCLOSED;
  }
}
