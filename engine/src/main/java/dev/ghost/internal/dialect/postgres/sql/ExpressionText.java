package dev.ghost.internal.dialect.postgres.sql;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the words of an expression tell of it. */
public final class ExpressionText {

  private static final Set<String> MOMENTS =
      Set.of("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp");

  private static final Set<String> LITERAL_MOMENTS =
      Set.of("now", "today", "tomorrow", "yesterday");

  /** Functions of the moment, of chance, and of counters. */
  private static final Set<String> CHANGING =
      Set.of(
          "now",
          "transaction_timestamp",
          "statement_timestamp",
          "clock_timestamp",
          "timeofday",
          "random",
          "random_normal",
          "gen_random_uuid",
          "gen_random_bytes",
          "uuidv4",
          "uuidv7",
          "uuid_generate_v1",
          "uuid_generate_v1mc",
          "uuid_generate_v4",
          "nextval",
          "txid_current",
          "pg_current_xact_id");

  private ExpressionText() {}

  /** True when a row would have another value each time. Not all such functions are known. */
  public static boolean changes(String expression) {
    List<Token> tokens = Token.of(expression);
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      boolean moment = !token.quoted() && MOMENTS.contains(token.word());
      boolean called = isCall(tokens, i) && CHANGING.contains(token.word());
      if (moment || called || LITERAL_MOMENTS.contains(literal(token))) {
        return true;
      }
    }
    return false;
  }

  /** True when it is certainly the same for all rows: it calls nothing. */
  public static boolean isFixed(String expression) {
    List<Token> tokens = Token.of(expression);
    for (int i = 0; i < tokens.size(); i++) {
      if (isCall(tokens, i)) {
        return false;
      }
    }
    return !changes(expression);
  }

  private static boolean isCall(List<Token> tokens, int i) {
    String word = tokens.get(i).word();
    return i + 1 < tokens.size()
        && tokens.get(i + 1).is("(")
        && !word.isEmpty()
        && (Character.isLetterOrDigit(word.charAt(0)) || word.charAt(0) == '_');
  }

  /** What is in a literal; empty for what is none. */
  private static String literal(Token token) {
    String word = token.word();
    return token.quoted() && word.length() > 2 && word.charAt(0) == '\''
        ? word.substring(1, word.length() - 1).strip().toLowerCase(Locale.ROOT)
        : "";
  }

  /**
   * An expression over the columns of a table, which may name the table before them, as one over
   * the columns of {@code s}.
   */
  public static String ofSource(String expression, String schema, String table) {
    List<Token> tokens = Token.of(expression);
    if (tokens.stream().noneMatch(t -> t.word().equals(table))) {
      return expression;
    }
    StringBuilder text = new StringBuilder();
    int written = 0;
    for (int i = 0; i + 2 < tokens.size(); i++) {
      if (tokens.get(i).word().equals(schema)
          && tokens.get(i + 1).is(".")
          && tokens.get(i + 2).word().equals(table)
          && !isCall(tokens, i + 2)) {
        text.append(expression, written, tokens.get(i).from());
        written = tokens.get(i + 2).from();
      }
    }
    text.append(expression.substring(written));
    // Whatever it names, it finds the table under its own name, and nothing else.
    return "SELECT %s FROM (SELECT s.*) AS %s".formatted(text, Sql.quote(table));
  }
}
