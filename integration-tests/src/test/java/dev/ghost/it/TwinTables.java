package dev.ghost.it;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;

/** Draws a {@link TwinCase} by chance. What the families of servers have in common is here. */
abstract class TwinTables {

  /**
   * A column of the key, or the whole key.
   *
   * @param value makes a literal of a number from 0; different ones of different numbers
   */
  record Key(String type, IntFunction<String> value) {}

  static final List<String> ODD_NAMES =
      List.of(
          "a b",
          "it's",
          "say \"so\"",
          "back`tick",
          "naïve",
          "日本",
          "select",
          "order",
          "UPPER",
          "Mixed Case",
          "100%s",
          "semi;colon",
          "-- no comment",
          "/* none */",
          "a.b",
          "$1",
          "what?",
          ":named",
          "(x)",
          "comma,comma",
          "back\\slash",
          "#hash",
          "ghost_key",
          "id2");

  final Random random;
  private final long seed;
  private final int longestName;
  private final Set<String> taken = new HashSet<>();
  private final Map<TwinColumn, List<String>> values = new HashMap<>();
  private int numbered;

  final List<TwinColumn> columns = new ArrayList<>();
  final List<TwinColumn> keyColumns = new ArrayList<>();
  final List<Key> keys = new ArrayList<>();
  final List<String> parts = new ArrayList<>();
  final List<String> before = new ArrayList<>();
  final List<String> after = new ArrayList<>();
  final List<String> children = new ArrayList<>();
  final List<String> indexes = new ArrayList<>();

  /** Writes of tables that refer to this one, or that it refers to. */
  final List<String> aside = new ArrayList<>();

  final Set<String> untold = new HashSet<>();

  /** The columns that an action is about: the next one is about another. */
  private final Set<TwinColumn> altered = new HashSet<>();

  TwinTables(long seed, int longestName) {
    this.seed = seed;
    this.longestName = longestName;
    // Seeds that are neighbours begin with much the same numbers.
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
  }

  static TwinTables of(Db db, long seed) {
    return db == Db.POSTGRES ? new TwinOfPostgres(seed) : new TwinOfInnodb(db, seed);
  }

  abstract String quote(String name);

  /** Draws the columns, and what else the table has. */
  abstract void table();

  /** What follows the definition of the table. */
  abstract String options();

  /** What prepares a session that writes rows. */
  abstract List<String> mode();

  /** The actions of a change. */
  abstract List<String> actions();

  final TwinCase make() {
    table();
    String options = options();
    int count = between(30, 200);
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rows.add(row(i));
    }
    TwinTable table =
        new TwinTable(
            List.copyOf(before),
            List.copyOf(columns),
            List.copyOf(parts),
            options,
            List.copyOf(after),
            mode());
    List<String> writes = writes(table, count);
    List<String> actions = actions();
    return new TwinCase(
        seed, table, rows, List.copyOf(children), actions, writes, Set.copyOf(untold));
  }

  private List<String> row(int number) {
    List<String> row = new ArrayList<>();
    for (TwinColumn column : columns) {
      int key = keyColumns.indexOf(column);
      row.add(key >= 0 ? keys.get(key).value().apply(number) : value(column));
    }
    return row;
  }

  private String value(TwinColumn column) {
    return column.written() ? pick(values.get(column)) : "";
  }

  private List<String> writes(TwinTable table, int count) {
    List<String> writes = new ArrayList<>();
    int fresh = count;
    for (int i = between(4, 40); i > 0; i--) {
      int kind = random.nextInt(10);
      if (!aside.isEmpty() && chance(10)) {
        writes.add(pick(aside));
      } else if (kind < 2) {
        writes.add(table.insert(row(fresh++)));
      } else if (kind < 4) {
        writes.add("DELETE FROM t WHERE " + isRow(random.nextInt(count)));
      } else if (kind < 5) {
        writes.add(update(keySet(fresh++), random.nextInt(count)));
      } else {
        writes.add(update("", random.nextInt(count)));
      }
    }
    return writes;
  }

  /** An UPDATE of some columns; of those that the server touches always. */
  private String update(String first, int row) {
    List<String> sets = new ArrayList<>();
    if (!first.isEmpty()) {
      sets.add(first);
    }
    for (TwinColumn column : columns) {
      boolean other = column.written() && !keyColumns.contains(column);
      if (other && (column.touched() || chance(40))) {
        sets.add(column.quoted() + " = " + value(column));
      }
    }
    if (sets.isEmpty()) {
      sets.add(keySet(row));
    }
    return "UPDATE t SET " + String.join(", ", sets) + " WHERE " + isRow(row);
  }

  private String keySet(int number) {
    int last = keys.size() - 1;
    return keyColumns.get(last).quoted() + " = " + keys.get(last).value().apply(number);
  }

  private String isRow(int number) {
    List<String> conditions = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      conditions.add(keyColumns.get(i).quoted() + " = " + keys.get(i).value().apply(number));
    }
    return String.join(" AND ", conditions);
  }

  /** A column whose values are drawn from a list. */
  final TwinColumn add(String type, String rest, List<String> drawn, boolean touched) {
    return add(name(), type, rest, drawn, touched);
  }

  /** A column of the key. */
  final void addKey(Key key, String rest) {
    String name = chance(50) ? named("id") : name();
    TwinColumn column = add(name, key.type(), rest, List.of(), false);
    keyColumns.add(column);
    keys.add(key);
  }

  /** A column whose values the server makes. */
  final void addGenerated(String type, String rest) {
    String name = name();
    columns.add(new TwinColumn(name, quote(name), type, rest, false, false));
  }

  private TwinColumn add(
      String name, String type, String rest, List<String> drawn, boolean touched) {
    TwinColumn column = new TwinColumn(name, quote(name), type, rest, true, touched);
    columns.add(column);
    values.put(column, drawn);
    return column;
  }

  private String named(String name) {
    return taken.add(name) ? name : name();
  }

  /** A name that no column has yet, in whatever case. */
  final String name() {
    String name = "c" + ++numbered;
    if (chance(5)) {
      name = "long_" + numbered + "_" + "x".repeat(longestName - 6 - (numbered > 9 ? 2 : 1));
    } else if (chance(35)) {
      name = pick(ODD_NAMES);
    }
    return taken.add(name.toLowerCase(Locale.ROOT)) ? name : name();
  }

  final String key() {
    return String.join(", ", keyColumns.stream().map(TwinColumn::quoted).toList());
  }

  /** A column that no action is about yet; rarely one of the key. */
  final Optional<TwinColumn> unaltered() {
    List<TwinColumn> free = new ArrayList<>(columns);
    free.removeAll(altered);
    if (!chance(15)) {
      free.removeAll(keyColumns);
    }
    if (free.isEmpty()) {
      return Optional.empty();
    }
    TwinColumn found = pick(free);
    altered.add(found);
    return Optional.of(found);
  }

  /** As one of the ways has it in which a statement can say the name of a column. */
  String said(TwinColumn column) {
    return column.plain() && chance(50) ? column.name() : column.quoted();
  }

  /** With a comment, in some place; or with words in lower case. */
  final String decorated(String action) {
    int first = action.indexOf(' ');
    String text = action;
    if (first > 0 && chance(25)) {
      text = action.substring(0, first).toLowerCase(Locale.ROOT) + action.substring(first);
    }
    if (first > 0 && chance(10)) {
      text =
          text.substring(0, first)
              + pick(List.of(" /* why, 'not' */ ", "\n  ", "/**/ ", " -- it's so, \"x\n"))
              + text.substring(first);
    }
    return chance(10) ? text + pick(List.of(" /* , DROP COLUMN c1 */", " -- done; ,\n")) : text;
  }

  /** The columns whose type is like that. */
  final List<TwinColumn> ofType(String matching) {
    return columns.stream().filter(c -> c.type().matches(matching)).toList();
  }

  final boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /** A number of which both bounds can come. */
  final int between(int least, int most) {
    return least + random.nextInt(most - least + 1);
  }

  final <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /** Some odd literals for the first numbers, and then one for each. */
  static IntFunction<String> first(List<String> odd, IntFunction<String> others) {
    return i -> i < odd.size() ? odd.get(i) : others.apply(i);
  }
}
