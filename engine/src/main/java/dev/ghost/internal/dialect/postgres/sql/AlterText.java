package dev.ghost.internal.dialect.postgres.sql;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.common.SqlTokens;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An {@code ALTER TABLE} statement, as far as we have to know: the table, what follows its name,
 * and the USING expressions in it. What the change means is left to the server.
 *
 * @param schema empty when the statement names none
 * @param words of each action, folded; what is quoted has its quotes
 * @param usings the expression by which a column's values are converted, by the column's old name
 */
public record AlterText(
    String schema,
    String table,
    String change,
    Map<String, String> usings,
    List<List<String>> words) {

  private static final List<String> CONSTRAINTS =
      List.of("constraint", "check", "foreign", "primary", "unique", "exclude");

  /** The statements of a script: what stands between semicolons. */
  public static List<String> statements(String script) {
    return SqlTokens.statements(new PostgresLexicon(), script);
  }

  /** Reads {@code ALTER TABLE [IF EXISTS] [ONLY] name [*] change}. */
  public static AlterText parseStatement(String statement) {
    String text = SqlTokens.withoutSemicolon(withoutComments(statement));
    List<Token> tokens = Token.of(text);
    int i = 0;
    if (tokens.size() < 3 || !tokens.get(i++).is("alter") || !tokens.get(i++).is("table")) {
      throw notUnderstood(statement);
    }
    if (tokens.get(i).is("if") && i + 2 < tokens.size()) {
      i += 2;
    }
    if (tokens.get(i).is("only")) {
      i++;
    }
    String schema = "";
    String table = at(tokens, i++, statement).word();
    if (i + 1 < tokens.size() && tokens.get(i).is(".")) {
      schema = table;
      table = tokens.get(i + 1).word();
      i += 2;
    }
    if (i < tokens.size() && tokens.get(i).is("*")) {
      i++;
    }
    return read(schema, table, text.substring(at(tokens, i, statement).from()));
  }

  /** Reads what follows the table's name; there is no table then. */
  public static AlterText parseChange(String change) {
    return read("", "", change);
  }

  private static AlterText read(String schema, String table, String change) {
    String text = SqlTokens.withoutSemicolon(withoutComments(change));
    Map<String, String> usings = new HashMap<>();
    List<List<Token>> actions = actions(Token.of(text));
    if (actions.stream().anyMatch(List::isEmpty)) {
      throw notUnderstood(change);
    }
    for (List<Token> action : actions) {
      refuseImpossible(text, action);
      readUsing(text, action).ifPresent(u -> usings.put(u.getKey(), u.getValue()));
    }
    return new AlterText(
        schema,
        table,
        text.strip(),
        Map.copyOf(usings),
        actions.stream()
            .map(a -> a.stream().map(t -> t.quoted() ? '"' + t.word() + '"' : t.word()).toList())
            .toList());
  }

  /** True when it adds constraints of the table, and nothing else. */
  public boolean onlyAddsConstraints() {
    return words.stream()
        .allMatch(w -> w.size() > 2 && w.get(0).equals("add") && CONSTRAINTS.contains(w.get(1)));
  }

  /** True when it adds the primary key, and does nothing else. */
  public boolean onlyAddsPrimaryKey() {
    List<String> first = words.get(0);
    int key = first.size() > 3 && first.get(1).equals("constraint") ? 3 : 1;
    return words.size() == 1
        && first.size() > key
        && first.get(0).equals("add")
        && first.get(key).equals("primary");
  }

  /** True when it makes constraints of indexes that are there, and does nothing else. */
  public boolean onlyAttachesIndexes() {
    return words.stream().allMatch(AlterText::attachesIndex);
  }

  private static boolean attachesIndex(List<String> action) {
    int using = action.lastIndexOf("using");
    return action.get(0).equals("add")
        && using > 0
        && using + 2 < action.size()
        && action.get(using + 1).equals("index")
        && !action.get(using + 2).equals("tablespace");
  }

  /** True when it makes columns NOT NULL, and does nothing else. */
  public boolean onlySetsNotNull() {
    return words.stream()
        .allMatch(
            w ->
                w.get(0).equals("alter")
                    && w.size() > 4
                    && w.subList(w.size() - 3, w.size()).equals(List.of("set", "not", "null")));
  }

  /** A column or constraint that is dropped. */
  public record Dropped(String kind, String name) {

    public boolean constraint() {
      return kind.equals("constraint");
    }
  }

  /** What it drops, but for what is dropped IF EXISTS. */
  public List<Dropped> drops() {
    List<Dropped> drops = new ArrayList<>();
    for (List<String> action : words) {
      if (action.size() < 2 || !action.get(0).equals("drop")) {
        continue;
      }
      boolean said = List.of("column", "constraint").contains(action.get(1));
      int name = said ? 2 : 1;
      if (name < action.size() && !action.get(name).equals("if")) {
        drops.add(new Dropped(said ? action.get(1) : "column", unquoted(action.get(name))));
      }
    }
    return drops;
  }

  private static String unquoted(String word) {
    return word.startsWith("\"") ? word.substring(1, word.length() - 1) : word;
  }

  /** The action that undoes it where it adds one column, or one constraint by name; else empty. */
  public Optional<String> dropOfWhatItAdds() {
    List<String> first = words.get(0);
    if (words.size() != 1 || first.size() < 3 || !first.get(0).equals("add")) {
      return Optional.empty();
    }
    if (first.get(1).equals("constraint")) {
      return Optional.of("DROP CONSTRAINT " + first.get(2));
    }
    if (CONSTRAINTS.contains(first.get(1))) {
      return Optional.empty();
    }
    int name = first.get(1).equals("column") ? 2 : 1;
    return first.get(name).equals("if")
        ? Optional.empty()
        : Optional.of("DROP COLUMN " + first.get(name));
  }

  private static void refuseImpossible(String text, List<Token> action) {
    Token first = action.get(0);
    Token second = action.size() > 1 ? action.get(1) : first;
    String why = "";
    if (first.is("rename") && second.is("to")) {
      why = "it renames the table";
    } else if (first.is("set") && second.is("schema")) {
      why = "it moves the table to another schema";
    } else if (first.is("attach") || first.is("detach") || first.is("inherit")) {
      why = "it is about partitions or inheritance";
    } else if (first.is("no") && second.is("inherit")) {
      why = "it is about inheritance";
    } else if ((first.is("enable") || first.is("disable") || first.is("force"))
        || (first.is("no") && second.is("force"))
        || first.is("owner")
        || (first.is("replica") && second.is("identity"))
        || (first.is("validate") && second.is("constraint"))
        || (first.is("alter") && second.is("constraint"))) {
      why = "it needs no copy of the table";
    } else if (first.is("set") && second.is("unlogged")) {
      why = "a table without log has no change stream";
    }
    if (!why.isEmpty()) {
      throw new RefusedException(
          "ghost cannot do %s: %s."
              .formatted(
                  text.substring(first.from(), action.get(action.size() - 1).to()).strip(), why),
          "Run it directly, in a statement of its own.");
    }
  }

  /** {@code ALTER [COLUMN] name [SET DATA] TYPE type [COLLATE c] USING expression}. */
  private static Optional<Map.Entry<String, String>> readUsing(String text, List<Token> action) {
    if (!action.get(0).is("alter") || action.size() < 4) {
      return Optional.empty();
    }
    int name = action.get(1).is("column") ? 2 : 1;
    boolean type =
        action.get(name + 1).is("type")
            || (action.get(name + 1).is("set")
                && action.size() > name + 3
                && action.get(name + 2).is("data"));
    int depth = 0;
    for (int i = name + 1; type && i < action.size() - 1; i++) {
      Token token = action.get(i);
      depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
      if (depth == 0 && token.is("using")) {
        return Optional.of(
            Map.entry(
                action.get(name).word(),
                text.substring(action.get(i + 1).from(), action.get(action.size() - 1).to())));
      }
    }
    return Optional.empty();
  }

  /** The actions between commas that are in no parentheses. */
  static List<List<Token>> actions(List<Token> tokens) {
    List<List<Token>> actions = new ArrayList<>();
    List<Token> action = new ArrayList<>();
    int depth = 0;
    for (Token token : tokens) {
      depth += token.is("(") || token.is("[") ? 1 : token.is(")") || token.is("]") ? -1 : 0;
      if (depth == 0 && token.is(",")) {
        actions.add(action);
        action = new ArrayList<>();
      } else if (token.is(";")) {
        throw new UsageException("More than one statement is given.", "Give one at a time.");
      } else {
        action.add(token);
      }
    }
    actions.add(action);
    return actions;
  }

  private static Token at(List<Token> tokens, int i, String statement) {
    if (i >= tokens.size()) {
      throw notUnderstood(statement);
    }
    return tokens.get(i);
  }

  private static UsageException notUnderstood(String statement) {
    return new UsageException(
        "This does not parse as ALTER TABLE: " + statement,
        "Give what follows the table's name to --alter, or a whole statement to --statement.");
  }

  /**
   * The text with something blank in place of each comment: one at its end would go on in what is
   * written behind it. Where literals stand on lines of their own, the server makes one of them.
   */
  private static String withoutComments(String text) {
    StringBuilder plain = new StringBuilder();
    int end = 0;
    for (Token token : Token.of(text)) {
      String gap = text.substring(end, token.from());
      plain.append(gap.isBlank() ? gap : gap.contains("\n") ? "\n" : " ");
      plain.append(text, token.from(), token.to());
      end = token.to();
    }
    return plain.toString();
  }
}
