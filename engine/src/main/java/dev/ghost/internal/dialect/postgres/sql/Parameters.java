package dev.ghost.internal.dialect.postgres.sql;

/** Expressions of the user's in statements with parameters. */
public final class Parameters {

  private Parameters() {}

  /** Doubles the question marks of operators, which the driver would take for parameters. */
  public static String escaped(String expression) {
    if (expression.indexOf('?') < 0) {
      return expression;
    }
    StringBuilder escaped = new StringBuilder();
    int last = 0;
    for (Token token : Token.of(expression)) {
      if (token.is("?")) {
        escaped.append(expression, last, token.from()).append("??");
        last = token.to();
      }
    }
    return escaped.append(expression.substring(last)).toString();
  }
}
