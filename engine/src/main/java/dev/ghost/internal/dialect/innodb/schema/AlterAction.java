package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.innodb.schema.TableParts.Kind;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.dialect.innodb.sql.WrittenName;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One of the actions between the commas of an {@code ALTER TABLE} statement, as its words. */
record AlterAction(List<Word> words) {

  /** What can stand between the verb and the name. */
  private static final Set<String> HEAD =
      Set.of(
          "COLUMN",
          "INDEX",
          "KEY",
          "UNIQUE",
          "FULLTEXT",
          "SPATIAL",
          "PRIMARY",
          "FOREIGN",
          "CHECK",
          "CONSTRAINT");

  private static final Set<String> INDEXES =
      Set.of("INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL");

  private static final Set<String> VERBS =
      Set.of("ADD", "DROP", "MODIFY", "CHANGE", "ALTER", "RENAME");

  /** What can follow ADD without being the name of a column, or a key that may have one. */
  private static final Set<String> NO_COLUMNS =
      Set.of(
          "(",
          "PRIMARY",
          "FULLTEXT",
          "SPATIAL",
          "CONSTRAINT",
          "CHECK",
          "FOREIGN",
          "PARTITION",
          "PERIOD",
          "SYSTEM");

  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  /**
   * A word, a sign, or something quoted.
   *
   * @param gap what stands before it
   */
  record Word(String gap, String text) {}

  /**
   * What an action is about.
   *
   * @param condition where IF EXISTS, or IF NOT EXISTS, begins; {@code at} where there is neither
   * @param at where the name stands, if it is written
   */
  record Subject(Kind kind, String name, int condition, int at) {

    boolean conditional() {
      return condition < at;
    }

    boolean ifNotExists() {
      return at - condition == 3;
    }
  }

  AlterAction {
    words = List.copyOf(words);
  }

  /** The text of the action. */
  String sql() {
    return words.stream().map(w -> w.gap() + w.text()).collect(Collectors.joining()).strip();
  }

  /** A word in upper case; empty beyond the last, and for what is quoted. */
  String word(int i) {
    String word = text(i);
    return isQuoted(word) ? "" : word.toUpperCase(Locale.ROOT);
  }

  String name(int i) {
    return WrittenName.unquoted(text(i));
  }

  private String text(int i) {
    return i < words.size() ? words.get(i).text() : "";
  }

  List<String> texts(int from, int to) {
    return words.subList(from, to).stream().map(Word::text).toList();
  }

  boolean begins(String... wanted) {
    return stand(0, wanted);
  }

  private boolean stand(int at, String... wanted) {
    return IntStream.range(0, wanted.length).allMatch(i -> word(at + i).equals(wanted[i]));
  }

  boolean renamesTable() {
    return begins("RENAME") && !List.of("COLUMN", "INDEX", "KEY").contains(word(1));
  }

  /**
   * True when the commas behind it are its own: columns to order by, or names of partitions. In
   * both grammars nothing else can follow then.
   */
  boolean takesTheRest() {
    return begins("ORDER", "BY") || word(1).equals("PARTITION");
  }

  boolean contains(String wanted) {
    return words.stream().anyMatch(w -> wanted.equalsIgnoreCase(w.text()));
  }

  /** Where a word is, from there on; -1 where it is not. */
  int at(String wanted, int from) {
    int found = from < 0 ? -1 : texts(Math.min(from, words.size()), words.size()).indexOf(wanted);
    return found < 0 ? -1 : from + found;
  }

  /** Names with commas between them; empty where anything else stands there. */
  Optional<List<String>> names(int from, int to) {
    List<String> names = new ArrayList<>();
    for (int i = from; i < to; i++) {
      boolean comma = text(i).equals(",");
      if (comma != ((i - from) % 2 == 1) || !(comma || WrittenName.isName(text(i)))) {
        return Optional.empty();
      }
      if (!comma) {
        names.add(name(i));
      }
    }
    return (to - from) % 2 == 1 ? Optional.of(names) : Optional.empty();
  }

  /** What it is about, where that is a part of the table with a name; or else empty. */
  Optional<Subject> subject() {
    boolean partitions = word(1).equals("PARTITION");
    boolean versions = word(1).equals("SYSTEM") && word(2).equals("VERSIONING");
    boolean period = word(1).equals("PERIOD") && word(2).equals("FOR");
    if (!VERBS.contains(word(0)) || partitions || versions || period || renamesTable()) {
      return Optional.empty();
    }
    int at = 1;
    String symbol = "";
    if (begins("ADD", "CONSTRAINT") && !HEAD.contains(word(2)) && !word(2).equals("IF")) {
      symbol = name(2);
      at = 3;
    }
    Set<String> head = new HashSet<>();
    while (HEAD.contains(word(at))) {
      head.add(word(at++));
    }
    int condition = at;
    if (begins("ADD") && stand(at, "IF", "NOT", "EXISTS")) {
      at += 3;
    } else if (!begins("ADD") && stand(at, "IF", "EXISTS")) {
      at += 2;
    }
    Kind kind = kind(head, symbol);
    return Optional.of(new Subject(kind, name(kind, head, symbol, at), condition, at));
  }

  private static Kind kind(Set<String> head, String symbol) {
    if (head.contains("FOREIGN")) {
      return Kind.FOREIGN_KEY;
    }
    if (head.contains("PRIMARY") || head.stream().anyMatch(INDEXES::contains)) {
      return Kind.INDEX;
    }
    if (head.contains("CHECK")) {
      return Kind.CHECK;
    }
    return head.contains("CONSTRAINT") || !symbol.isEmpty() ? Kind.CONSTRAINT : Kind.COLUMN;
  }

  /** By the rules of MariaDB, where a key that is added has no name, or two. */
  private String name(Kind kind, Set<String> head, String symbol, int at) {
    if (head.contains("PRIMARY")) {
      return "PRIMARY";
    }
    boolean written = !text(at).equals("(") && !word(at).equals("USING");
    boolean symbolic = !symbol.isEmpty() && (kind != Kind.INDEX || !written);
    if (symbolic) {
      return symbol;
    }
    return written || kind != Kind.INDEX ? name(at) : name(at("(", at) + 1);
  }

  boolean conditional() {
    return subject().filter(Subject::conditional).isPresent();
  }

  /** True when nothing follows the name of what it is about. */
  boolean endsWithItsSubject() {
    return subject().filter(s -> s.at() == words.size() - 1).isPresent();
  }

  /** The same without IF EXISTS or IF NOT EXISTS. */
  AlterAction unconditional() {
    if (!conditional()) {
      return this;
    }
    Subject subject = subject().orElseThrow();
    List<Word> rest = new ArrayList<>(words.subList(0, subject.condition()));
    rest.addAll(words.subList(subject.at(), words.size()));
    return new AlterAction(rest);
  }

  /** The same {@link #unconditional}; empty where the condition does not hold. */
  Optional<AlterAction> where(TableParts parts) {
    if (!conditional()) {
      return Optional.of(this);
    }
    Subject subject = subject().orElseThrow();
    if (subject.kind() == Kind.COLUMN && subject.name().equals("(")) {
      throw new UsageException(
          "IF NOT EXISTS stands before several columns: " + sql(),
          "Write an ADD COLUMN IF NOT EXISTS for each.");
    }
    if (parts.has(subject.kind(), subject.name()) != subject.ifNotExists()) {
      return Optional.of(unconditional());
    }
    if (contains("PARTITION") || contains("PARTITIONING")) {
      throw new RefusedException(
          "It is not certain what is left of this where there is nothing to %s: %s"
              .formatted(word(0), sql()),
          "Change the partitions in a statement of their own.");
    }
    return Optional.empty();
  }

  /** The last number that it gives the option AUTO_INCREMENT; of a column it is an attribute. */
  Optional<BigInteger> counter() {
    return IntStream.range(0, words.size())
        .filter(i -> word(i).equals("AUTO_INCREMENT"))
        .mapToObj(i -> word(word(i + 1).equals("=") ? i + 2 : i + 1))
        .filter(w -> NUMBER.matcher(w).matches())
        .map(BigInteger::new)
        .reduce((first, last) -> last);
  }

  /** The same with the name that a check, which it drops or alters, has in another table. */
  AlterAction withChecksOf(CheckNames names) {
    Optional<Subject> check =
        subject()
            .filter(s -> begins("DROP") || begins("ALTER"))
            .filter(s -> s.kind() == Kind.CHECK || s.kind() == Kind.CONSTRAINT);
    Optional<String> other = check.flatMap(s -> names.of(s.name()));
    if (other.isEmpty()) {
      return this;
    }
    List<Word> changed = new ArrayList<>(words);
    int at = check.orElseThrow().at();
    changed.set(at, new Word(words.get(at).gap(), Sql.quote(other.get())));
    return new AlterAction(changed);
  }

  /** What undoes it where it adds a column or a key with a name; empty for anything else. */
  Optional<String> dropOfWhatItAdds() {
    boolean unique = begins("ADD", "UNIQUE");
    boolean key = List.of("INDEX", "KEY").contains(word(unique ? 2 : 1));
    if (!begins("ADD") || NO_COLUMNS.contains(word(1)) || (unique && !key)) {
      return Optional.empty();
    }
    return Optional.of(subject().orElseThrow().name())
        .filter(name -> !name.equals("("))
        .map(name -> "DROP %s %s".formatted(key ? "INDEX" : "COLUMN", Sql.quote(name)));
  }

  /** The places of the names that it gives to checks. */
  private IntStream checkNames() {
    return IntStream.range(1, words.size())
        .filter(i -> word(i - 1).equals("CONSTRAINT") && word(i + 1).equals("CHECK"));
  }

  /** The names that it gives to checks, in order. */
  List<String> namesOfChecks() {
    return checkNames().mapToObj(this::name).toList();
  }

  /** The same with other names for these checks. */
  AlterAction withNamesOfChecks(Supplier<String> names) {
    List<Word> changed = new ArrayList<>(words);
    checkNames().forEach(i -> changed.set(i, new Word(words.get(i).gap(), Sql.quote(names.get()))));
    return new AlterAction(changed);
  }

  @Override
  public String toString() {
    return String.join(" ", texts(0, Math.min(3, words.size()))).toUpperCase(Locale.ROOT);
  }

  private static boolean isQuoted(String word) {
    return word.startsWith("`") || word.startsWith("\"") || word.startsWith("'");
  }
}
