package dev.ghost.internal.dialect.postgres.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * The foreign keys that a change adds, in its text. {@code FOREIGN} and {@code REFERENCES} are
 * reserved words: wherever they stand without quotes, they begin one.
 */
public final class ForeignKeyClauses {

  private final List<Token> action;

  private ForeignKeyClauses(List<Token> action) {
    this.action = action;
  }

  /** A change without the foreign keys that it adds; empty when it does nothing else. */
  public static String removed(String change) {
    List<String> actions = new ArrayList<>();
    for (List<Token> action : AlterText.actions(Token.of(change))) {
      if (action.stream().noneMatch(t -> t.is("foreign"))) {
        actions.add(new ForeignKeyClauses(action).removedFrom(change));
      }
    }
    return String.join(", ", actions);
  }

  /** Takes {@code [CONSTRAINT name] REFERENCES ...} out of the definition of a column. */
  private String removedFrom(String change) {
    StringBuilder text = new StringBuilder();
    int written = action.get(0).from();
    for (int i = 0; i < action.size(); i++) {
      if (is(i, "references")) {
        int first = is(i - 2, "constraint") ? i - 2 : i;
        text.append(change, written, action.get(first).from());
        i = end(i) - 1;
        written = action.get(i).to();
      }
    }
    return text.append(change, written, action.get(action.size() - 1).to()).toString().strip();
  }

  /** The token after the clause that begins with one. */
  private int end(int references) {
    int i = references + 2;
    if (is(i, ".")) {
      i += 2;
    }
    i = afterParentheses(i);
    while (i < action.size()) {
      if (is(i, "match") || is(i, "initially")) {
        i += 2;
      } else if (is(i, "on") && (is(i + 1, "delete") || is(i + 1, "update"))) {
        // NO ACTION, SET NULL (a, b), SET DEFAULT (a, b), CASCADE, RESTRICT
        boolean two = is(i + 2, "no") || is(i + 2, "set");
        i = afterParentheses(i + (two ? 4 : 3));
      } else if (is(i, "deferrable") || is(i, "enforced")) {
        i++;
      } else if (is(i, "not") && (is(i + 1, "deferrable") || is(i + 1, "enforced"))) {
        i += 2;
      } else {
        break;
      }
    }
    return Math.min(i, action.size());
  }

  private int afterParentheses(int open) {
    if (!is(open, "(")) {
      return open;
    }
    int i = open;
    while (i < action.size() && !is(i, ")")) {
      i++;
    }
    return i + 1;
  }

  private boolean is(int i, String word) {
    return i >= 0 && i < action.size() && action.get(i).is(word);
  }
}
