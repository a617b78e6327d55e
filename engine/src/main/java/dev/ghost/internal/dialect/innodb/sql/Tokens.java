package dev.ghost.internal.dialect.innodb.sql;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.common.SqlToken;
import dev.ghost.internal.dialect.common.SqlTokens;
import java.util.List;

/**
 * Cuts a statement, or a script, into tokens.
 *
 * <p>Invariant: all that the server executes is a token. A text is refused where it has a comment
 * that the server may execute, or of which it is not certain where the server sees it.
 */
public final class Tokens {

  /** How much of a comment a refusal quotes. */
  private static final int QUOTED = 60;

  private Tokens() {}

  /**
   * Returns the tokens that are no comments.
   *
   * @throws RefusedException if the text has an executable comment, or one of which it is not
   *     certain where the server sees it
   */
  public static List<SqlToken> of(String text) {
    return all(text).stream().filter(t -> !t.isComment()).toList();
  }

  /**
   * The statements of a script: what stands between semicolons.
   *
   * @throws RefusedException as {@link #of} does
   */
  public static List<String> statements(String script) {
    return SqlTokens.statements(script, all(script));
  }

  /**
   * The text with a blank in place of each comment: one at its end would go on in what is written
   * behind it.
   *
   * @throws RefusedException as {@link #of} does
   */
  public static String withoutComments(String text) {
    StringBuilder plain = new StringBuilder();
    int end = 0;
    for (SqlToken token : all(text)) {
      if (token.isComment()) {
        plain.append(text, end, token.from()).append(' ');
        end = token.to();
      }
    }
    return plain.append(text.substring(end)).toString();
  }

  private static List<SqlToken> all(String text) {
    List<SqlToken> tokens = SqlTokens.of(new InnodbLexicon(), text);
    for (SqlToken token : tokens) {
      if (token.isComment()) {
        refuseExecutable(token.text());
        refuseUncertain(token.text());
      }
    }
    return tokens;
  }

  /** Refuses both forms on both products: it depends on the version, too, which one executes. */
  private static void refuseExecutable(String comment) {
    if (comment.startsWith("/*!") || comment.startsWith("/*M!")) {
      throw new RefusedException(
          "ghost does not read what this comment contains, and the server may execute it: "
              + start(comment),
          "Write what it contains without the comment, or leave it out.");
    }
  }

  /**
   * Refuses a line comment that others see differently. For the server, {@code --} begins one only
   * before a blank or a control character, and only a line feed ends one.
   */
  private static void refuseUncertain(String comment) {
    boolean noComment =
        comment.startsWith("--")
            && comment.length() > 2
            && comment.charAt(2) > ' '
            && comment.charAt(2) != 127;
    boolean endsTwice =
        !comment.startsWith("/*") && comment.replaceFirst("\\r?\\n$", "").indexOf('\r') >= 0;
    if (noComment || endsTwice) {
      throw new RefusedException(
          "It is not certain where the server sees a comment: "
              + (endsTwice ? comment.substring(0, 1) : start(comment)),
          "Write a blank behind --, and end the comment with a line feed; or leave it out.");
    }
  }

  private static String start(String comment) {
    String line = comment.strip().replaceAll("\\s+", " ");
    return line.length() <= QUOTED ? line : line.substring(0, QUOTED) + "...";
  }
}
