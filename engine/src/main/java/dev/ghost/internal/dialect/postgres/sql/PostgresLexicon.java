package dev.ghost.internal.dialect.postgres.sql;

import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.common.SqlLexicon;
import dev.ghost.internal.dialect.common.SqlTokens;

/** How PostgreSQL writes. */
final class PostgresLexicon implements SqlLexicon {

  @Override
  public int endOfComment(String text, int at) {
    if (text.startsWith("--", at)) {
      int end = at;
      while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
        end++;
      }
      return end;
    }
    return text.startsWith("/*", at) ? endOfBlock(text, at) : at;
  }

  /** Comments nest. */
  private static int endOfBlock(String text, int start) {
    int depth = 0;
    int i = start;
    while (i < text.length()) {
      if (text.startsWith("/*", i)) {
        depth++;
        i += 2;
      } else if (text.startsWith("*/", i)) {
        i += 2;
        if (--depth == 0) {
          return i;
        }
      } else {
        i++;
      }
    }
    throw new UsageException("A comment is not closed: " + text.substring(start), "Close it.");
  }

  @Override
  public int endOfQuoted(String text, int at) {
    return switch (text.charAt(at)) {
      case '"' -> closed(text, at, false);
      case '\'' -> closed(text, at, at > 0 && isEscapePrefix(text, at - 1));
      case '$' -> endOfDollars(text, at);
      default -> at;
    };
  }

  private static int closed(String text, int at, boolean escapes) {
    int end = SqlTokens.endOfQuoted(text, at, escapes);
    if (end == SqlTokens.UNCLOSED) {
      throw new UsageException("A quote is not closed: " + text.substring(at), "Close it.");
    }
    return end;
  }

  private static boolean isEscapePrefix(String text, int at) {
    return Character.toLowerCase(text.charAt(at)) == 'e'
        && (at == 0 || !isWordPart(text.charAt(at - 1)));
  }

  /** {@code $tag$ ... $tag$}; the tag can be empty, and begins with no digit. */
  private static int endOfDollars(String text, int at) {
    int close = at + 1;
    while (close < text.length() && isLetter(text.charAt(close))) {
      close++;
    }
    boolean tag = close < text.length() && text.charAt(close) == '$';
    if (!tag || (close > at + 1 && Character.isDigit(text.charAt(at + 1)))) {
      return at;
    }
    String quote = text.substring(at, close + 1);
    int end = text.indexOf(quote, close + 1);
    return end < 0 ? text.length() : end + quote.length();
  }

  @Override
  public int endOfWord(String text, int at) {
    int end = at;
    while (end < text.length()
        && (end == at ? isLetter(text.charAt(end)) : isWordPart(text.charAt(end)))) {
      end++;
    }
    return end;
  }

  private static boolean isLetter(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private static boolean isWordPart(char c) {
    return isLetter(c) || c == '$';
  }
}
