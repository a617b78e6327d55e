package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.common.SqlToken;
import dev.ghost.internal.dialect.common.SqlTokens;
import dev.ghost.internal.dialect.innodb.schema.TableParts.Kind;
import dev.ghost.internal.dialect.innodb.sql.Syntax;
import dev.ghost.internal.dialect.innodb.sql.Tokens;
import dev.ghost.internal.dialect.innodb.sql.WrittenName;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * An {@code ALTER TABLE} statement, as far as a migration must understand it: the table, which
 * columns are renamed and dropped, and what a swap of tables cannot do. The rest is for the server,
 * which applies the change to the ghost.
 */
public final class AlterStatement {

  private final AlterRequest request;
  private final List<AlterAction> actions;

  /** New names by old ones; all names of one statement are those from before it. */
  private final Map<String, String> renamed = new LinkedHashMap<>();

  private final Set<String> dropped = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  private AlterStatement(AlterRequest request, List<AlterAction> actions) {
    this.request = request;
    this.actions = actions;
    actions.forEach(this::readColumns);
  }

  /**
   * Reads a whole statement, as far as it must be understood. Whether the actions are correct is
   * for the server to say: it is asked to parse them.
   *
   * @throws UsageException if it cannot be taken apart into a table and actions
   * @throws RefusedException if it has comments that the server may execute
   */
  public static AlterStatement parse(String statement, String defaultSchema) {
    String text = SqlTokens.withoutSemicolon(Tokens.withoutComments(statement));
    List<SqlToken> tokens = Tokens.of(text);
    int at = after(tokens, 0, "ALTER", text);
    while (List.of("ONLINE", "OFFLINE", "IGNORE").contains(upper(tokens, at))) {
      at++;
    }
    at = after(tokens, at, "TABLE", text);
    int named = upper(tokens, at).equals("IF") ? after(tokens, at + 1, "EXISTS", text) : at;
    List<String> words =
        tokens.subList(Math.min(named, tokens.size()), tokens.size()).stream()
            .map(SqlToken::text)
            .toList();
    WrittenName table = WrittenName.read(words).orElseThrow(() -> unparsed(text));
    int end = named + table.words();
    if (end >= tokens.size()) {
      throw unparsed(text);
    }
    refuseWait(upper(tokens, end));
    List<AlterAction> actions = actions(tokens.subList(end, tokens.size()), text);
    String change = text.substring(tokens.get(end - 1).to()).strip();
    return new AlterStatement(new AlterRequest(table.in(defaultSchema), change), actions);
  }

  /** MariaDB has the words in front of the actions. */
  private static void refuseWait(String word) {
    if (word.equals("WAIT") || word.equals("NOWAIT")) {
      throw new UsageException(
          "The statement says itself how long it waits for locks: " + word + ".",
          "Leave that out; --lock-timeout says it.");
    }
  }

  private static String sql(List<AlterAction> actions) {
    return actions.stream().map(AlterAction::sql).collect(Collectors.joining(", "));
  }

  private static int after(List<SqlToken> tokens, int at, String word, String text) {
    if (!upper(tokens, at).equals(word)) {
      throw unparsed(text);
    }
    return at + 1;
  }

  private static String upper(List<SqlToken> tokens, int at) {
    return at < tokens.size() ? tokens.get(at).text().toUpperCase(Locale.ROOT) : "";
  }

  private static UsageException unparsed(String text) {
    return new UsageException(
        "This does not parse as ALTER TABLE: " + text,
        "Give what follows the table's name to --alter, or a whole statement to --statement.");
  }

  /** Splits at the commas that are in no brackets, and between actions. */
  private static List<AlterAction> actions(List<SqlToken> tokens, String text) {
    List<AlterAction> actions = new ArrayList<>();
    List<AlterAction.Word> words = new ArrayList<>();
    int depth = 0;
    int end = tokens.get(0).from();
    for (SqlToken token : tokens) {
      String word = token.text();
      depth += word.equals("(") ? 1 : word.equals(")") ? -1 : 0;
      if (word.equals(";") || depth < 0) {
        throw unparsed(text);
      }
      if (word.equals(",") && depth == 0 && !new AlterAction(words).takesTheRest()) {
        actions.add(new AlterAction(words));
        words.clear();
      } else {
        words.add(new AlterAction.Word(text.substring(end, token.from()), word));
      }
      end = token.to();
    }
    actions.add(new AlterAction(words));
    if (depth != 0 || actions.stream().anyMatch(a -> a.words().isEmpty())) {
      throw unparsed(text);
    }
    return actions;
  }

  public AlterRequest request() {
    return request;
  }

  /** The change as the server gets it; empty where nothing is left of it. */
  public String change() {
    return request.change();
  }

  /** All of the change in the words that the server's grammar has, whether or not it is to do. */
  public String unconditional(Syntax syntax) {
    return syntax.knowsConditions() || actions.stream().noneMatch(AlterAction::conditional)
        ? change()
        : sql(actions.stream().map(AlterAction::unconditional).toList());
  }

  /**
   * The change for a server whose grammar lacks IF EXISTS and IF NOT EXISTS: without the actions
   * whose condition does not hold, and without the words in the others.
   *
   * @param parts of the table that it alters
   */
  public AlterStatement forServer(Syntax syntax, TableParts parts) {
    if (syntax.knowsConditions() || actions.stream().noneMatch(AlterAction::conditional)) {
      return this;
    }
    List<AlterAction> left = actions.stream().flatMap(a -> a.where(parts).stream()).toList();
    return new AlterStatement(new AlterRequest(request.table(), sql(left)), left);
  }

  /**
   * Refuses to drop what the table does not have, but for what is dropped IF EXISTS.
   *
   * @throws RefusedException with the names that may have been meant
   */
  public void refuseMissing(TableParts parts) {
    actions.stream()
        .filter(a -> a.begins("DROP") && !a.conditional())
        .flatMap(a -> a.subject().stream())
        .forEach(s -> parts.refuseMissing(s.kind(), s.name()));
  }

  /** Refuses what a swap of tables cannot do. */
  public void refuseImpossible() {
    for (AlterAction action : actions) {
      if (action.renamesTable()) {
        refuse(action, "it renames the table", "Rename it in a statement of its own.");
      }
      if (action.word(1).equals("TABLESPACE")
          && (action.begins("DISCARD") || action.begins("IMPORT"))) {
        refuse(action, "it exchanges the table's file", "Run it directly.");
      }
      if (action.contains("REFERENCES")) {
        refuse(
            action,
            "a foreign key is added by the server itself, and its rows are checked by ghost",
            "Make it a statement of its own, after the rest of the action, and leave the strategy"
                + " to ghost.");
      }
      boolean removes =
          action.word(1).equals("PARTITION")
              && List.of("DROP", "TRUNCATE", "EXCHANGE", "DISCARD", "CONVERT")
                  .contains(action.word(0));
      if (removes || action.begins("CONVERT", "TABLE")) {
        refuse(
            action, "it moves or removes rows", "Run it directly: it needs no copy of the table.");
      }
    }
  }

  /** Refuses to drop these foreign keys together with what needs a ghost. */
  public void refuseForeignKeys(List<ForeignKey> own) {
    for (AlterAction action : actions) {
      if (droppedKey(action, own).isPresent()) {
        refuse(
            action,
            "a foreign key is dropped by the server itself, in a moment",
            "Drop it in a statement of its own, and then make the rest of the action.");
      }
    }
  }

  /** The only thing that it does, if that is to drop one of these foreign keys. */
  public Optional<ForeignKey> onlyDrops(List<ForeignKey> own) {
    return actions.size() == 1 && actions.get(0).endsWithItsSubject()
        ? droppedKey(actions.get(0), own)
        : Optional.empty();
  }

  /**
   * The foreign keys that it adds, if it does nothing else. Those without a name have an empty one.
   *
   * @param source the table that it alters
   */
  public Optional<List<ForeignKey>> onlyAddsForeignKeys(TableName source) {
    List<ForeignKey> keys = new ArrayList<>();
    for (AlterAction action : actions) {
      Optional<ForeignKey> key = AddedForeignKey.of(action, source);
      if (key.isEmpty()) {
        return Optional.empty();
      }
      keys.add(key.get());
    }
    return Optional.of(keys);
  }

  private static Optional<ForeignKey> droppedKey(AlterAction action, List<ForeignKey> own) {
    return action
        .subject()
        .filter(s -> action.begins("DROP"))
        .filter(s -> s.kind() == Kind.FOREIGN_KEY || s.kind() == Kind.CONSTRAINT)
        .flatMap(s -> own.stream().filter(k -> k.name().equalsIgnoreCase(s.name())).findFirst());
  }

  /** True when the table gets another name, or moves. */
  public boolean renamesTable() {
    return actions.stream().anyMatch(AlterAction::renamesTable);
  }

  /** True when a column takes the name that another one has in the source. */
  public boolean reusesNames() {
    return renamed.entrySet().stream()
        .anyMatch(
            e ->
                !e.getKey().equalsIgnoreCase(e.getValue())
                    && (lookUp(renamed, e.getValue()).isPresent()
                        || dropped.stream().anyMatch(e.getValue()::equalsIgnoreCase)));
  }

  /** True when it says itself how it is to be carried out. */
  public boolean namesAlgorithm() {
    return actions.stream().anyMatch(c -> c.begins("ALGORITHM") || c.begins("LOCK"));
  }

  /**
   * True when all of it is about columns, keys and constraints, so that the definition shows it.
   */
  public boolean definesOnly() {
    return actions.stream()
        .allMatch(
            c ->
                List.of("ADD", "DROP", "MODIFY", "CHANGE", "RENAME").contains(c.word(0))
                    && !c.word(1).equals("PARTITION"));
  }

  /**
   * What undoes it where it only adds columns and keys with names; empty where it does anything
   * else.
   */
  public Optional<List<String>> dropsOfWhatItAdds() {
    List<Optional<String>> drops = actions.stream().map(AlterAction::dropOfWhatItAdds).toList();
    return drops.stream().allMatch(Optional::isPresent)
        ? Optional.of(drops.stream().map(Optional::orElseThrow).toList())
        : Optional.empty();
  }

  /** The counter that it sets with the table's option AUTO_INCREMENT; empty when it sets none. */
  Optional<BigInteger> counter() {
    return actions.stream().flatMap(a -> a.counter().stream()).reduce((first, last) -> last);
  }

  /** The names that it gives to checks, in order. */
  public List<String> namesOfChecks() {
    return actions.stream().flatMap(a -> a.namesOfChecks().stream()).toList();
  }

  /**
   * The change as the server gets it for a table that was created like the source.
   *
   * @param names those that the source's checks have there
   */
  public String changeOf(CheckNames names) {
    List<AlterAction> other = actions.stream().map(a -> a.withChecksOf(names)).toList();
    return other.equals(actions) ? change() : sql(other);
  }

  /**
   * The same, with other names for the checks that it names.
   *
   * @param format makes a name of a number, from 0
   */
  public String changeOf(CheckNames names, String format) {
    AtomicInteger next = new AtomicInteger();
    return sql(
        actions.stream()
            .map(a -> a.withChecksOf(names))
            .map(a -> a.withNamesOfChecks(() -> format.formatted(next.getAndIncrement())))
            .toList());
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

  /**
   * The columns that the new table lacks although nothing here drops them.
   *
   * @param now the new table's columns
   */
  public List<String> lost(List<String> sourceColumns, List<String> now) {
    return sourceColumns.stream()
        .filter(old -> !dropped.contains(old))
        .filter(old -> now.stream().noneMatch(lookUp(renamed, old).orElse(old)::equalsIgnoreCase))
        .toList();
  }

  /** The column of the source that one of the new table comes from; empty for a new one. */
  public Optional<InnodbColumn> originIn(InnodbTableDefinition source, InnodbColumn column) {
    return originOf(column.name(), source.columns().stream().map(InnodbColumn::name).toList())
        .flatMap(source::column);
  }

  private void readColumns(AlterAction action) {
    Optional<AlterAction.Subject> column = action.subject().filter(s -> s.kind() == Kind.COLUMN);
    if (column.isEmpty()) {
      return;
    }
    String name = column.get().name();
    int behind = column.get().at() + 1;
    switch (action.word(0)) {
      case "CHANGE" -> renamed.put(name, action.name(behind));
      case "RENAME" -> renamed.put(name, action.name(behind + 1));
      case "DROP" -> dropped.add(name);
      default -> {
        // It keeps its name, or is new.
      }
    }
  }

  private static Optional<String> lookUp(Map<String, String> names, String name) {
    return names.entrySet().stream()
        .filter(e -> e.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static void refuse(AlterAction action, String why, String remedy) {
    throw new RefusedException("ghost cannot do %s: %s.".formatted(action, why), remedy);
  }
}
