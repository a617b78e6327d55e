package dev.ghost.dialect.postgres;

/** Expressions of the user's in statements with parameters. */
final class Parameters {

  private Parameters() {}

  /** Doubles the question marks of operators, which the driver would take for parameters. */
  static String escaped(String expression) {
    if (expression.indexOf('?') < 0) {
      return expression;
    }
    StringBuilder escaped = new StringBuilder();
    int last = 0;
    for (int mark : AlterText.positions(expression, '?')) {
      escaped.append(expression, last, mark).append("??");
      last = mark + 1;
    }
    return escaped.append(expression.substring(last)).toString();
  }
}
