package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.TableName;
import io.debezium.antlr.CaseChangingCharStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.Lexer;
import org.antlr.v4.runtime.Token;

/**
 * An {@code ALTER TABLE} statement, as far as a migration must understand it: the table, which
 * columns are renamed and dropped, and what a swap of tables cannot do. The rest is for the server,
 * which applies the change to the ghost.
 */
final class AlterStatement {

  /** What follows DROP when it is no column that is dropped; two words where one could be. */
  private static final Set<String> NO_COLUMN =
      Set.of(
          "PRIMARY",
          "INDEX",
          "KEY",
          "FOREIGN",
          "CONSTRAINT",
          "CHECK",
          "PARTITION",
          "SYSTEM VERSIONING",
          "PERIOD FOR");

  private final AlterRequest request;
  private final List<Change> changes;

  /** New names by old ones; all names of one statement are those from before it. */
  private final Map<String, String> renamed = new LinkedHashMap<>();

  private final Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  private AlterStatement(AlterRequest request, List<Change> changes) {
    this.request = request;
    this.changes = changes;
    changes.forEach(this::readColumns);
  }

  /** One of the changes between the commas, as its tokens. */
  private record Change(List<String> words) {

    /** A word in upper case; empty beyond the last, and for what is quoted. */
    String word(int i) {
      String word = i < words.size() ? words.get(i) : "";
      return isQuoted(word) ? "" : word.toUpperCase(Locale.ROOT);
    }

    boolean begins(String... wanted) {
      for (int i = 0; i < wanted.length; i++) {
        if (!word(i).equals(wanted[i])) {
          return false;
        }
      }
      return true;
    }

    boolean renamesTable() {
      return begins("RENAME") && !List.of("COLUMN", "INDEX", "KEY").contains(word(1));
    }

    boolean contains(String wanted) {
      return words.stream().anyMatch(wanted::equalsIgnoreCase);
    }

    /** The position of a column's name: behind the verb, COLUMN and IF EXISTS. */
    int nameAt() {
      int at = word(1).equals("COLUMN") ? 2 : 1;
      return word(at).equals("IF") && word(at + 1).equals("EXISTS") ? at + 2 : at;
    }

    /** Where a word is, from there on; -1 where it is not. */
    int at(String wanted, int from) {
      int found =
          from < 0 ? -1 : words.subList(Math.min(from, words.size()), words.size()).indexOf(wanted);
      return found < 0 ? -1 : from + found;
    }

    /** Names with commas between them. */
    List<String> names(int from, int to) {
      return words.subList(from, to).stream()
          .filter(w -> !w.equals(","))
          .map(AlterStatement::unquoted)
          .toList();
    }

    String name(int i) {
      return i < words.size() ? unquoted(words.get(i)) : "";
    }

    @Override
    public String toString() {
      return String.join(" ", words.subList(0, Math.min(3, words.size()))).toUpperCase(Locale.ROOT);
    }
  }

  /**
   * @throws UsageException if it does not parse
   */
  static AlterStatement parse(Syntax syntax, String statement, String defaultSchema) {
    String text = withoutSemicolon(statement);
    List<Token> tokens = tokens(syntax, text);
    int at = 0;
    at = after(tokens, at, "ALTER", text);
    while (List.of("ONLINE", "OFFLINE", "IGNORE").contains(upper(tokens, at))) {
      at++;
    }
    at = after(tokens, at, "TABLE", text);
    if (upper(tokens, at).equals("IF")) {
      at = after(tokens, at + 1, "EXISTS", text);
    }
    syntax.checkSyntax(text);
    int end = endOfName(tokens, at);
    if (end >= tokens.size()) {
      throw unparsed(text);
    }
    TableName table =
        tableName(tokens.subList(at, end).stream().map(Token::getText).toList(), defaultSchema);
    String change = substring(text, tokens.get(end - 1).getStopIndex() + 1).strip();
    return new AlterStatement(
        new AlterRequest(table, change), changes(tokens.subList(end, tokens.size()), text));
  }

  /** The statements of a script: what stands between semicolons. */
  static List<String> statements(Syntax syntax, String script) {
    List<String> statements = new ArrayList<>();
    List<Token> tokens = tokens(syntax, script);
    int first = 0;
    for (int i = 0; i <= tokens.size(); i++) {
      if (i == tokens.size() || tokens.get(i).getText().equals(";")) {
        if (i > first) {
          statements.add(
              substring(
                  script, tokens.get(first).getStartIndex(), tokens.get(i - 1).getStopIndex() + 1));
        }
        first = i + 1;
      }
    }
    return statements;
  }

  private static List<Token> tokens(Syntax syntax, String text) {
    Lexer lexer = syntax.lexer(new CaseChangingCharStream(CharStreams.fromString(text), true));
    lexer.removeErrorListeners();
    List<Token> tokens = new ArrayList<>();
    for (Token token : lexer.getAllTokens()) {
      if (token.getChannel() == Token.DEFAULT_CHANNEL) {
        tokens.add(token);
      }
    }
    return tokens;
  }

  private static int after(List<Token> tokens, int at, String word, String text) {
    if (!upper(tokens, at).equals(word)) {
      throw unparsed(text);
    }
    return at + 1;
  }

  private static String upper(List<Token> tokens, int at) {
    return at < tokens.size() ? tokens.get(at).getText().toUpperCase(Locale.ROOT) : "";
  }

  private static UsageException unparsed(String text) {
    return new UsageException(
        "This does not parse as ALTER TABLE: " + text,
        "Give what follows the table's name to --alter, or a whole statement to --statement.");
  }

  /** A name is {@code t}, {@code s.t} in three tokens, or {@code s} and {@code .t}. */
  private static int endOfName(List<Token> tokens, int at) {
    String next = upper(tokens, at + 1);
    if (next.equals(".")) {
      return at + 3;
    }
    return next.startsWith(".") ? at + 2 : at + 1;
  }

  private static TableName tableName(List<String> words, String defaultSchema) {
    String first = unquoted(words.get(0));
    String last = words.get(words.size() - 1);
    if (words.size() > 1) {
      return new TableName(first, unquoted(words.size() == 2 ? last.substring(1) : last));
    }
    if (defaultSchema.isEmpty()) {
      throw new UsageException(
          "No schema is given for the table " + first + ".",
          "Name it in the URL: mysql://user@host/schema.");
    }
    return new TableName(defaultSchema, first);
  }

  /** Splits at the commas that are in no brackets. */
  private static List<Change> changes(List<Token> tokens, String text) {
    List<Change> changes = new ArrayList<>();
    List<String> words = new ArrayList<>();
    int depth = 0;
    for (Token token : tokens) {
      String word = token.getText();
      depth += word.equals("(") ? 1 : word.equals(")") ? -1 : 0;
      if (word.equals(";") || depth < 0) {
        throw unparsed(text);
      }
      if (word.equals(",") && depth == 0) {
        changes.add(new Change(List.copyOf(words)));
        words.clear();
      } else {
        words.add(word);
      }
    }
    changes.add(new Change(List.copyOf(words)));
    if (depth != 0 || changes.stream().anyMatch(c -> c.words().isEmpty())) {
      throw unparsed(text);
    }
    return changes;
  }

  AlterRequest request() {
    return request;
  }

  /** Refuses what a swap of tables cannot do. */
  void refuseImpossible() {
    for (Change change : changes) {
      if (change.renamesTable()) {
        refuse(change, "it renames the table", "Rename it in a statement of its own.");
      }
      if (change.word(1).equals("TABLESPACE")
          && (change.begins("DISCARD") || change.begins("IMPORT"))) {
        refuse(change, "it exchanges the table's file", "Run it directly.");
      }
      if (change.contains("REFERENCES")) {
        refuse(
            change,
            "a foreign key is added by the server itself, and its rows are checked by ghost",
            "Make it a statement of its own, after the rest of the change, and leave the strategy"
                + " to ghost.");
      }
      boolean removes =
          change.word(1).equals("PARTITION")
              && List.of("DROP", "TRUNCATE", "EXCHANGE", "DISCARD", "CONVERT")
                  .contains(change.word(0));
      if (removes || change.begins("CONVERT", "TABLE")) {
        refuse(
            change, "it moves or removes rows", "Run it directly: it needs no copy of the table.");
      }
    }
  }

  /** Refuses to drop these foreign keys together with what needs a ghost. */
  void refuseForeignKeys(List<ForeignKey> own) {
    for (Change change : changes) {
      if (droppedKey(change, own).isPresent()) {
        refuse(
            change,
            "a foreign key is dropped by the server itself, in a moment",
            "Drop it in a statement of its own, and then make the rest of the change.");
      }
    }
  }

  /** The only thing that it does, if that is to drop one of these foreign keys. */
  Optional<ForeignKey> onlyDrops(List<ForeignKey> own) {
    return changes.size() == 1 ? droppedKey(changes.get(0), own) : Optional.empty();
  }

  /**
   * The foreign keys that it adds, if it does nothing else. Those without a name have an empty one.
   *
   * @param source the table that it alters
   */
  Optional<List<ForeignKey>> onlyAddsForeignKeys(TableName source) {
    List<ForeignKey> keys = new ArrayList<>();
    for (Change change : changes) {
      Optional<ForeignKey> key = addedKey(change, source);
      if (key.isEmpty()) {
        return Optional.empty();
      }
      keys.add(key.get());
    }
    return Optional.of(keys);
  }

  /**
   * {@code ADD [CONSTRAINT [name]] FOREIGN KEY [index] (columns) REFERENCES parent (columns)
   * [actions]}.
   */
  private static Optional<ForeignKey> addedKey(Change change, TableName source) {
    int at = 1;
    String name = "";
    if (change.word(at).equals("CONSTRAINT")) {
      at++;
      if (!change.word(at).equals("FOREIGN")) {
        name = change.name(at++);
      }
    }
    if (!change.begins("ADD")
        || !change.word(at).equals("FOREIGN")
        || !change.word(at + 1).equals("KEY")
        || change.contains("MATCH")) {
      return Optional.empty();
    }
    at += change.name(at + 2).equals("(") ? 2 : 3;
    int closed = change.at(")", at);
    int parentAt = closed + 2;
    int opened = change.at("(", parentAt);
    int end = change.at(")", opened);
    if (!change.name(at).equals("(")
        || closed < 0
        || !change.word(closed + 1).equals("REFERENCES")
        || opened < 0
        || end < 0) {
      return Optional.empty();
    }
    String actions =
        change.words().subList(end + 1, change.words().size()).stream()
            .map(w -> " " + w.toUpperCase(Locale.ROOT))
            .collect(Collectors.joining());
    return Optional.of(
        new ForeignKey(
            source,
            name,
            change.names(at + 1, closed),
            tableName(change.words().subList(parentAt, opened), source.schema()),
            change.names(opened + 1, end),
            actions));
  }

  private static Optional<ForeignKey> droppedKey(Change change, List<ForeignKey> own) {
    boolean foreign = change.begins("DROP", "FOREIGN", "KEY");
    if (!foreign && !change.begins("DROP", "CONSTRAINT")) {
      return Optional.empty();
    }
    int at = foreign ? 3 : 2;
    boolean ifExists = change.word(at).equals("IF") && change.word(at + 1).equals("EXISTS");
    String name = change.name(ifExists ? at + 2 : at);
    return own.stream().filter(k -> k.name().equalsIgnoreCase(name)).findFirst();
  }

  /** True when the table gets another name, or moves. */
  boolean renamesTable() {
    return changes.stream().anyMatch(Change::renamesTable);
  }

  /** True when it says itself how it is to be carried out. */
  boolean namesAlgorithm() {
    return changes.stream().anyMatch(c -> c.begins("ALGORITHM") || c.begins("LOCK"));
  }

  /**
   * True when all of it is about columns, keys and constraints, so that the definition shows it.
   */
  boolean definesOnly() {
    return changes.stream()
        .allMatch(
            c ->
                List.of("ADD", "DROP", "MODIFY", "CHANGE", "RENAME").contains(c.word(0))
                    && !c.word(1).equals("PARTITION"));
  }

  /** True when it drops one column, key or constraint, and does nothing else. */
  boolean dropsOneThing() {
    return changes.size() == 1
        && changes.get(0).begins("DROP")
        && !changes.get(0).word(1).equals("PARTITION");
  }

  /**
   * What undoes it where it only adds columns and keys with names; empty where it does anything
   * else.
   */
  Optional<List<String>> dropsOfWhatItAdds() {
    List<String> drops = new ArrayList<>();
    for (Change change : changes) {
      boolean unique = change.begins("ADD", "UNIQUE");
      int at = unique ? 2 : 1;
      boolean key = List.of("INDEX", "KEY").contains(change.word(at));
      if (!change.begins("ADD")
          || List.of(
                  "(",
                  "PRIMARY",
                  "FULLTEXT",
                  "SPATIAL",
                  "CONSTRAINT",
                  "CHECK",
                  "FOREIGN",
                  "PARTITION",
                  "PERIOD",
                  "SYSTEM")
              .contains(change.word(1))
          || (unique && !key)) {
        return Optional.empty();
      }
      String name = key ? change.name(at + 1) : change.name(change.nameAt());
      if (name.equals("(")) {
        return Optional.empty();
      }
      drops.add("DROP %s %s".formatted(key ? "INDEX" : "COLUMN", Sql.quote(name)));
    }
    return Optional.of(drops);
  }

  /** The source's column behind a column of the new schema; empty for one that is added. */
  Optional<String> originOf(String column, List<String> sourceColumns) {
    for (String old : sourceColumns) {
      String now = lookUp(renamed, old).orElse(old);
      if (now.equalsIgnoreCase(column) && !dropped.contains(old)) {
        return Optional.of(old);
      }
    }
    return Optional.empty();
  }

  /** The column of the source that one of the new table comes from; empty for a new one. */
  Optional<Column> originIn(TableDefinition source, Column column) {
    return originOf(column.name(), source.columns().stream().map(Column::name).toList())
        .flatMap(source::column);
  }

  private void readColumns(Change change) {
    int at = change.nameAt();
    if (change.begins("CHANGE")) {
      renamed.put(change.name(at), change.name(at + 1));
    } else if (change.begins("RENAME", "COLUMN")) {
      renamed.put(change.name(at), change.name(at + 2));
    } else if (change.begins("DROP")
        && !NO_COLUMN.contains(change.word(1))
        && !NO_COLUMN.contains(change.word(1) + " " + change.word(2))) {
      dropped.add(change.name(at));
    }
  }

  private static Optional<String> lookUp(Map<String, String> names, String name) {
    return names.entrySet().stream()
        .filter(e -> e.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static void refuse(Change change, String why, String remedy) {
    throw new RefusedException("ghost cannot do %s: %s.".formatted(change, why), remedy);
  }

  private static boolean isQuoted(String word) {
    return word.startsWith("`") || word.startsWith("\"") || word.startsWith("'");
  }

  private static String unquoted(String name) {
    if (name.length() > 1 && (name.startsWith("`") || name.startsWith("\""))) {
      String quote = name.substring(0, 1);
      return name.substring(1, name.length() - 1).replace(quote + quote, quote);
    }
    return name;
  }

  /** The lexer counts code points, a Java string does not. */
  private static String substring(String text, int fromCodePoint) {
    return text.substring(text.offsetByCodePoints(0, fromCodePoint));
  }

  private static String substring(String text, int fromCodePoint, int toCodePoint) {
    return text.substring(
        text.offsetByCodePoints(0, fromCodePoint), text.offsetByCodePoints(0, toCodePoint));
  }

  private static String withoutSemicolon(String statement) {
    String text = statement.strip();
    return text.endsWith(";") ? text.substring(0, text.length() - 1).strip() : text;
  }
}
