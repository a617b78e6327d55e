package dev.ghost.internal.log;

import java.sql.SQLException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes values out of texts that go to the log. Servers put values between quotes, and between the
 * brackets of PostgreSQL's details; names that are quoted in the same way are lost with them.
 *
 * <p>A value may have quotes and line breaks of its own. So everything is masked from the first
 * quote that opens something to the last quote of all.
 */
public final class Masked {

  private static final String QUOTES = "'\"„“”‘’‚«»‹›";

  /** What stands for a value. */
  private static final String VALUE = "'…'";

  /** A quote behind a letter or a digit is an apostrophe, or closes something. */
  private static final Pattern OPENING = Pattern.compile("(?<![\\p{L}\\p{N}])[" + QUOTES + "]");

  /** As PostgreSQL has it: {@code Key (mail)=(a@x) already exists}. */
  private static final Pattern KEY_VALUE = Pattern.compile("=\\s?\\(.*\\)", Pattern.DOTALL);

  /** As it has it of a row, in whatever language: {@code Failing row contains (1, a)}. */
  private static final Pattern BRACKETS = Pattern.compile("\\(.*\\)", Pattern.DOTALL);

  private static final Pattern BYTES = Pattern.compile("\\b0x[0-9a-fA-F]+|\\\\x[0-9a-fA-F]+");

  /** The beginning of the next line in a list of sessions and their statements. */
  private static final String NEXT =
      "\\n\\s*(?:session \\d|prepared transaction|unknown: |Swapped already)";

  /** The beginning of any other line, such as PostgreSQL's details. */
  private static final Pattern DETAILS = Pattern.compile("(?!" + NEXT + ")\\n");

  /** A statement of the application's, at the end of a line about its session. */
  private static final Pattern STATEMENT =
      Pattern.compile("(statement(?: of \\d+ s ago)?: )(.*?)(?=" + NEXT + "|\\z)", Pattern.DOTALL);

  /** Where our own messages name a row. */
  private static final Pattern ROW =
      Pattern.compile("(?s)(\\brows?(?: of [^\\n]{1,300}?)? with ).*");

  private static final Pattern NUMBER = Pattern.compile("(?<![\\p{L}\\p{N}_$.`])\\d+(?:\\.\\d+)?");

  /** A number that something is compared with, or set to. */
  private static final Pattern COMPARED = Pattern.compile("([=<>]\\s*-?)\\d[\\d.]*");

  private Masked() {}

  /** Masks a server's error, and adds the codes by which it can be looked up. */
  public static String of(SQLException e) {
    return "SQLSTATE %s, error %d: %s"
        .formatted(e.getSQLState(), e.getErrorCode(), message(e.getMessage()));
  }

  /** Masks a message of a server's, or of a library that may pass one on. */
  public static String message(@Nullable String text) {
    String said = String.valueOf(text).strip();
    Span quotes = quotes(said);
    Span details = details(said);
    String masked;
    if (quotes.overlaps(details)) {
      masked = quotes.with(details).masked(said, VALUE);
    } else if (quotes.from > details.from) {
      masked = details.masked(quotes.masked(said, VALUE), "(…)");
    } else {
      masked = quotes.masked(details.masked(said, "(…)"), VALUE);
    }
    return BYTES.matcher(masked).replaceAll("0x…");
  }

  /** A part of a text; none, where it begins and ends at the same place. */
  private record Span(int from, int to) {

    private static final Span NONE = new Span(0, 0);

    boolean overlaps(Span other) {
      return from < other.to && other.from < to;
    }

    Span with(Span other) {
      return new Span(Math.min(from, other.from), Math.max(to, other.to));
    }

    String masked(String text, String instead) {
      return from == to ? text : text.substring(0, from) + instead + text.substring(to);
    }
  }

  /** From the first quote that opens something to the last of all; to the end if there is none. */
  private static Span quotes(String text) {
    Matcher opening = OPENING.matcher(text);
    if (!opening.find()) {
      return Span.NONE;
    }
    int last = text.length() - 1;
    while (QUOTES.indexOf(text.charAt(last)) < 0) {
      last--;
    }
    return new Span(opening.start(), last > opening.start() ? last + 1 : text.length());
  }

  private static Span details(String text) {
    Matcher key = KEY_VALUE.matcher(text);
    if (key.find()) {
      return new Span(key.start() + 1, key.end());
    }
    Matcher line = DETAILS.matcher(text);
    Matcher brackets = BRACKETS.matcher(text);
    return line.find() && brackets.find(line.start())
        ? new Span(brackets.start(), brackets.end())
        : Span.NONE;
  }

  /**
   * Masks a sentence of the engine's own, which may have a server's message, a row, or statements
   * of the application in it.
   */
  public static String told(String text) {
    String without =
        STATEMENT
            .matcher(text)
            .replaceAll(m -> Matcher.quoteReplacement(m.group(1) + statement(m.group(2))));
    return message(ROW.matcher(without).replaceAll("$1…"));
  }

  /** A statement that nobody here has written: it may be cut in the middle of a value. */
  private static String statement(String sql) {
    return NUMBER.matcher(quotes(sql).masked(sql, "…")).replaceAll("…");
  }

  /**
   * Masks the literals of one of the engine's statements, and writes it in one line.
   *
   * @param quotesNames true where double quotes are for names, as on PostgreSQL
   */
  public static String sql(String sql, boolean quotesNames) {
    StringBuilder masked = new StringBuilder();
    int at = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (c == '\'' || (c == '"' && !quotesNames)) {
        masked.append(VALUE);
        at = behind(sql, at, c, !quotesNames);
      } else if (c == '"' || c == '`') {
        int end = behind(sql, at, c, false);
        masked.append(sql, at, end);
        at = end;
      } else {
        masked.append(c);
        at++;
      }
    }
    String line = masked.toString().strip().replaceAll("\\s+", " ");
    // What a session is set to is no value of a row, and worth to be known.
    return line.startsWith("SET ") ? line : COMPARED.matcher(line).replaceAll("$1…");
  }

  /** Where what begins with a quote is over; the end of the text where it is not. */
  private static int behind(String sql, int from, char quote, boolean backslashes) {
    int at = from + 1;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (backslashes && c == '\\') {
        at += 2;
      } else if (c != quote) {
        at++;
      } else if (at + 1 < sql.length() && sql.charAt(at + 1) == quote) {
        at += 2;
      } else {
        return at + 1;
      }
    }
    return sql.length();
  }

  /** Says the first line of a failure; the lines behind it can name rows. */
  public static String firstLine(String text) {
    String told = told(text);
    int end = told.indexOf('\n');
    return end < 0 ? told : told.substring(0, end).strip();
  }

  /** Returns the same failure for the log: where it happened, why, and nothing of what it names. */
  public static Throwable failure(Throwable e) {
    return new MaskedFailure(e);
  }
}
