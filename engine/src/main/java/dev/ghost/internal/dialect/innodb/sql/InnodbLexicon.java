package dev.ghost.internal.dialect.innodb.sql;

import dev.ghost.internal.dialect.common.SqlLexicon;
import dev.ghost.internal.dialect.common.SqlTokens;

/**
 * How MySQL and MariaDB write. What is not closed is no token of its own: the server refuses it.
 * {@code --} begins a comment here even where the server sees a minus; {@link Tokens} refuses that.
 */
final class InnodbLexicon implements SqlLexicon {

  @Override
  public int endOfComment(String text, int at) {
    if (text.startsWith("/*", at)) {
      int end = text.indexOf("*/", at + 2);
      return end < 0 ? at : end + 2;
    }
    if (text.startsWith("--", at) || text.charAt(at) == '#') {
      int end = text.indexOf('\n', at);
      return end < 0 ? text.length() : end + 1;
    }
    return at;
  }

  @Override
  public int endOfQuoted(String text, int at) {
    char quote = text.charAt(at);
    if (quote != '\'' && quote != '"' && quote != '`') {
      return at;
    }
    int end = SqlTokens.endOfQuoted(text, at, quote != '`');
    return end == SqlTokens.UNCLOSED ? at : end;
  }

  /** A point belongs to a number, but stands alone between names. */
  @Override
  public int endOfWord(String text, int at) {
    int end = at;
    boolean number = true;
    while (end < text.length()
        && (isWordPart(text.charAt(end)) || (number && isPoint(text, at, end)))) {
      number &= isDigit(text, end) || text.charAt(end) == '.';
      end++;
    }
    return end;
  }

  private static boolean isPoint(String text, int first, int at) {
    return text.charAt(at) == '.' && at > first && isDigit(text, at + 1);
  }

  private static boolean isDigit(String text, int at) {
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  private static boolean isWordPart(char c) {
    return (c >= '0' && c <= '9')
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || c == '_'
        || c == '$'
        || c >= 0x80;
  }
}
