package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import io.debezium.antlr.CaseChangingCharStream;
import java.util.ArrayList;
import java.util.List;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Lexer;
import org.antlr.v4.runtime.Token;

/**
 * Cuts a statement, or a script, into tokens.
 *
 * <p>Invariant: all that the server executes is a token. A text is refused where the lexer takes
 * for a comment what the server executes, or the other way round.
 */
final class Tokens {

  /** How much of a comment a refusal quotes. */
  private static final int QUOTED = 60;

  private Tokens() {}

  /**
   * Returns the tokens that are no comments.
   *
   * @throws RefusedException if the text has an executable comment, or one of which it is not
   *     certain where the server sees it
   */
  static List<Token> of(Syntax syntax, String text) {
    return all(syntax, text).stream().filter(Tokens::isRead).toList();
  }

  /** Also what the lexer does not know, and puts aside: the server may. */
  private static boolean isRead(Token token) {
    return token.getChannel() == Token.DEFAULT_CHANNEL
        || !(token.getText().isBlank() || isComment(token));
  }

  private static boolean isComment(Token token) {
    return isHidden(token, "/*") || isHidden(token, "--") || isHidden(token, "#");
  }

  /**
   * The text with a blank in place of each comment: one at its end would go on in what is written
   * behind it.
   *
   * @throws RefusedException as {@link #of} does
   */
  static String withoutComments(Syntax syntax, String text) {
    StringBuilder plain = new StringBuilder();
    int end = 0;
    for (Token token : all(syntax, text)) {
      if (isComment(token)) {
        plain.append(substring(text, end, token.getStartIndex())).append(' ');
        end = token.getStopIndex() + 1;
      }
    }
    return plain.append(substring(text, end)).toString();
  }

  private static List<Token> all(Syntax syntax, String text) {
    Lexer lexer = syntax.lexer(new CaseChangingCharStream(CharStreams.fromString(text), true));
    lexer.removeErrorListeners();
    List<Token> tokens = new ArrayList<>(lexer.getAllTokens());
    Token last = null;
    for (Token token : tokens) {
      refuseExecutable(token);
      refuseUncertain(last, token);
      last = token;
    }
    return tokens;
  }

  /** Refuses both forms on both products: it depends on the version, too, which one executes. */
  private static void refuseExecutable(Token token) {
    if (isHidden(token, "/*!") || isHidden(token, "/*M!")) {
      throw new RefusedException(
          "ghost does not read what this comment contains, and the server may execute it: "
              + start(token.getText()),
          "Write what it contains without the comment, or leave it out.");
    }
  }

  /**
   * Refuses a line comment that the lexer and the server see differently. For the server, {@code
   * --} begins one only before a blank or a control character, and only a line feed ends one.
   */
  private static void refuseUncertain(Token last, Token token) {
    String text = token.getText();
    boolean noComment =
        isHidden(token, "--") && text.length() > 2 && text.charAt(2) > ' ' && text.charAt(2) != 127;
    boolean endless =
        text.equals("#") || (text.equals("-") && last != null && last.getText().equals("-"));
    if (noComment || endless) {
      throw new RefusedException(
          "It is not certain where the server sees a comment: " + start(text),
          "Write a blank behind --, and end the comment with a line feed; or leave it out.");
    }
  }

  private static boolean isHidden(Token token, String start) {
    return token.getChannel() != Token.DEFAULT_CHANNEL && token.getText().startsWith(start);
  }

  private static String start(String comment) {
    String line = comment.strip().replaceAll("\\s+", " ");
    return line.length() <= QUOTED ? line : line.substring(0, QUOTED) + "...";
  }

  /** The lexer counts code points, a Java string does not. */
  static String substring(String text, int fromCodePoint) {
    return text.substring(text.offsetByCodePoints(0, fromCodePoint));
  }

  static String substring(String text, int fromCodePoint, int toCodePoint) {
    return text.substring(
        text.offsetByCodePoints(0, fromCodePoint), text.offsetByCodePoints(0, toCodePoint));
  }
}
