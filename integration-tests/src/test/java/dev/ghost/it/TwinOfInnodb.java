package dev.ghost.it;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;

/** Tables of MySQL and MariaDB. */
final class TwinOfInnodb extends TwinTables {

  private final Db db;
  private final Map<String, List<String>> types;
  private final TwinTypes known = new TwinTypes(random);
  private boolean partitioned;

  TwinOfInnodb(Db db, long seed) {
    super(seed, 64);
    this.db = db;
    this.types = OddValues.of(db, false);
  }

  @Override
  String quote(String name) {
    return '`' + name.replace("`", "``") + '`';
  }

  /** Names of columns are the same in whatever case. */
  @Override
  String said(TwinColumn column) {
    return column.plain() && chance(15)
        ? column.name().toUpperCase(Locale.ROOT)
        : super.said(column);
  }

  @Override
  void table() {
    drawKey();
    for (int i = between(2, 6); i > 0; i--) {
      column();
    }
    partitioned = keys.size() == 1 && keys.get(0).type().equals("INT") && chance(25);
    generated();
    secondary();
    if (chance(20)) {
      check();
    }
    if (!partitioned) {
      foreignKeys();
    }
    if (chance(15)) {
      before.add("CREATE TABLE audit (id INT AUTO_INCREMENT PRIMARY KEY, what VARCHAR(99))");
      String event = pick(List.of("INSERT", "UPDATE", "DELETE"));
      after.add(
          "CREATE TRIGGER noted %s %s ON t FOR EACH ROW INSERT INTO audit (what) VALUES ('%s')"
              .formatted(pick(List.of("BEFORE", "AFTER")), event, event));
    }
  }

  private void drawKey() {
    switch (random.nextInt(13)) {
      case 0, 1 ->
          addKey(
              new Key(
                  "INT",
                  first(
                      List.of("0", "-1", "2147483647", "-2147483648"),
                      i -> Integer.toString(i * 7))),
              "NOT NULL");
      case 2 -> addKey(new Key("INT", i -> Integer.toString(3 * i + 1)), "NOT NULL AUTO_INCREMENT");
      case 3 ->
          addKey(
              new Key(
                  "BIGINT UNSIGNED",
                  first(List.of("18446744073709551615", "0"), i -> Long.toString(i * 99999999L))),
              "NOT NULL");
      case 4 -> addKey(new Key("VARCHAR(40)", texts()), "NOT NULL");
      case 5 -> addKey(new Key("VARCHAR(40) COLLATE utf8mb4_bin", texts()), "NOT NULL");
      case 6 -> addKey(new Key("VARCHAR(30) CHARACTER SET latin1", texts()), "NOT NULL");
      case 7 -> {
        addKey(new Key("INT", i -> Integer.toString(i % 9)), "NOT NULL");
        addKey(new Key("VARCHAR(20)", texts()), "NOT NULL");
      }
      case 8 ->
          addKey(
              new Key(
                  "VARBINARY(20)",
                  first(
                      List.of("''", "0x00", "0x0000", "0xFF", "0x27", "0x5C", "0x20"),
                      "0x%06X"::formatted)),
              "NOT NULL");
      case 9 ->
          addKey(
              new Key(
                  "DATE",
                  first(
                      List.of("'1000-01-01'", "'9999-12-31'"),
                      i -> "'" + LocalDate.of(2020, 1, 1).plusDays(i) + "'")),
              "NOT NULL");
      case 10 ->
          addKey(
              new Key(
                  "DECIMAL(20,4)",
                  first(List.of("-0.0001", "9999999999999999.9999", "0"), i -> i + ".5")),
              "NOT NULL");
      case 11 ->
          addKey(new Key("DATETIME(6)", "'2020-02-03 04:05:06.%06d'"::formatted), "NOT NULL");
      default -> {
        boolean uuid = db == Db.MARIADB;
        addKey(
            new Key(
                uuid ? "UUID" : "BINARY(16)",
                i -> uuid ? "'" + new UUID(i * 31L, i) + "'" : "0x%032X".formatted(i)),
            "NOT NULL");
      }
    }
    parts.add("PRIMARY KEY (" + key() + ")");
  }

  private static IntFunction<String> texts() {
    return first(
        List.of("''", "'a'", "'A '", "'é'", "'ß'", "'ss'", "'😀'", "'it''s'", "'\\\\'", "'%'"),
        "'k%d'"::formatted);
  }

  private void column() {
    String type = pick(List.copyOf(types.keySet()));
    List<String> values = types.get(type);
    if (type.matches("(VAR)?CHAR\\(30\\)") && chance(25)) {
      type +=
          pick(
              List.of(
                  " COLLATE utf8mb4_general_ci",
                  " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
                  " CHARACTER SET latin1 COLLATE latin1_german2_ci"));
    }
    boolean touched = type.matches("(DATETIME|TIMESTAMP)\\(6\\).*") && chance(30);
    add(type, rest(type, touched), values, touched);
  }

  private String rest(String type, boolean touched) {
    StringBuilder rest = new StringBuilder();
    boolean notNull = !type.endsWith(" NULL") && chance(30);
    rest.append(notNull ? "NOT NULL " : "");
    if (touched) {
      rest.append("DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) ");
    } else if (chance(30)) {
      rest.append(known.defaultOf(type).map(d -> "DEFAULT " + d + " ").orElse(""));
    }
    rest.append(!notNull && chance(10) ? "INVISIBLE " : "");
    rest.append(chance(15) ? "COMMENT 'it''s \"odd\"; -- é \\\\ %s' " : "");
    return rest.toString().strip();
  }

  private void generated() {
    if (!chance(25)) {
      return;
    }
    String kind = pick(List.of("VIRTUAL", "STORED"));
    List<TwinColumn> numbers = ofType("INT|SMALLINT|MEDIUMINT UNSIGNED");
    List<TwinColumn> texts = ofType("VARCHAR\\(30\\)|VARCHAR\\(3\\)");
    if (!numbers.isEmpty()) {
      TwinColumn of = pick(numbers);
      if (!of.rest().contains("AUTO_INCREMENT")) {
        addGenerated("BIGINT", "GENERATED ALWAYS AS (%s %% 100) %s".formatted(of.quoted(), kind));
      }
    } else if (!texts.isEmpty()) {
      addGenerated(
          "VARCHAR(99)", "AS (CONCAT('<', %s, '>')) %s".formatted(pick(texts).quoted(), kind));
    }
  }

  private void secondary() {
    for (int i = between(0, 2); i > 0; i--) {
      TwinColumn column = pick(columns);
      boolean none = column.type().matches(TwinTypes.NO_INDEX);
      if (!none || column.type().matches("(TINY|MEDIUM|LONG)?(TEXT|BLOB).*")) {
        String name = "by_" + i;
        boolean unique = !none && !keyColumns.contains(column) && chance(30);
        boolean alone = !partitioned && chance(30);
        indexes.add(name);
        parts.add(
            "%sKEY %s (%s%s%s)"
                .formatted(
                    unique ? "UNIQUE " : "",
                    name,
                    column.quoted(),
                    none ? "(10)" : "",
                    unique && !alone ? ", " + key() : ""));
      }
    }
  }

  private void check() {
    TwinColumn column = pick(columns);
    if (!column.rest().contains("AUTO_INCREMENT")) {
      parts.add(
          "%sCHECK (%s IS NULL OR LENGTH(%2$s) < 1000)"
              .formatted(chance(50) ? "CONSTRAINT short_enough " : "", column.quoted()));
    }
  }

  private void foreignKeys() {
    if (chance(15)) {
      before.add("CREATE TABLE p (id INT PRIMARY KEY)");
      before.add("INSERT INTO p VALUES (1), (2), (3)");
      aside.addAll(List.of("DELETE FROM p WHERE id = 3", "UPDATE p SET id = 4 WHERE id = 2"));
      TwinColumn column = add("INT", "", List.of("1", "2", "3", "NULL"), false);
      parts.add(
          "%sFOREIGN KEY (%s) REFERENCES p (id)%s"
              .formatted(
                  chance(50) ? "CONSTRAINT to_p " : "",
                  column.quoted(),
                  pick(List.of("", " ON DELETE CASCADE", " ON DELETE SET NULL"))));
    }
    if (keys.size() == 1 && !keys.get(0).type().equals("VARCHAR(40)") && chance(15)) {
      Key key = keys.get(0);
      after.add(
          "CREATE TABLE c (id INT PRIMARY KEY, ref %s, %sFOREIGN KEY (ref) REFERENCES t (%s))"
              .formatted(key.type(), chance(50) ? "CONSTRAINT to_t " : "", key()));
      aside.addAll(List.of("DELETE FROM c WHERE id = 1", "UPDATE c SET ref = NULL WHERE id < 4"));
      for (int i = 0; i < 8; i++) {
        children.add("INSERT INTO c VALUES (%d, %s)".formatted(i, key.value().apply(i * 2)));
      }
    }
  }

  @Override
  String options() {
    String options =
        pick(
            List.of(
                "",
                "",
                "DEFAULT CHARSET = latin1",
                "COLLATE = utf8mb4_bin",
                "ROW_FORMAT = DYNAMIC",
                "COMMENT = 'of ''t'''"));
    return partitioned ? options + " PARTITION BY HASH (" + key() + ") PARTITIONS 3" : options;
  }

  @Override
  List<String> mode() {
    List<String> mode = new ArrayList<>(List.of("SET time_zone = '+00:00'"));
    if (chance(20)) {
      mode.add("SET sql_mode = ''");
    }
    return mode;
  }

  @Override
  List<String> actions() {
    List<String> actions = new ArrayList<>();
    int count = between(1, 5);
    for (int i = 0; actions.size() < count && i < 30; i++) {
      action().map(this::decorated).ifPresent(actions::add);
    }
    return actions.isEmpty() ? List.of("ENGINE = InnoDB") : actions;
  }

  private Optional<String> action() {
    return switch (random.nextInt(20)) {
      case 0, 1, 2 -> Optional.of(addColumn());
      case 3, 4 -> unaltered().map(c -> "DROP COLUMN " + said(c));
      case 5 -> unaltered().map(c -> "RENAME COLUMN %s TO %s".formatted(said(c), quote(name())));
      case 6 -> unaltered().flatMap(this::swap);
      case 7, 8, 9, 10 -> unaltered().map(this::modify);
      case 11 ->
          unaltered()
              .flatMap(
                  c ->
                      known
                          .defaultOf(c.type())
                          .map(d -> "ALTER COLUMN %s SET DEFAULT %s".formatted(said(c), d)));
      case 12 -> unaltered().map(c -> "ALTER %s DROP DEFAULT".formatted(said(c)));
      case 13 ->
          unaltered()
              .filter(c -> c.rest().contains("NOT NULL") || chance(25))
              .map(c -> "MODIFY %s %s NOT NULL".formatted(said(c), c.type()));
      case 14 -> index();
      case 15 ->
          indexes.isEmpty() ? Optional.empty() : Optional.of("DROP INDEX " + indexes.remove(0));
      case 16 -> Optional.of("ADD UNIQUE KEY unique_too (%s)".formatted(key()));
      case 17 -> Optional.of("COMMENT = 'now it''s, \"altered\"'");
      case 18 ->
          Optional.of(
              "ADD CONSTRAINT added CHECK (%s IS NOT NULL)"
                  .formatted(pick(chance(80) ? keyColumns : columns).quoted()));
      default -> Optional.of(ofTable());
    };
  }

  private String ofTable() {
    return pick(
        List.of(
            "FORCE",
            "ENGINE=InnoDB",
            "ROW_FORMAT = DYNAMIC",
            "DEFAULT CHARACTER SET utf8mb4",
            "CONVERT TO CHARACTER SET utf8mb4",
            "ROW_FORMAT = COMPRESSED",
            "DROP PRIMARY KEY, ADD PRIMARY KEY (" + key() + ")"));
  }

  private Optional<String> index() {
    TwinColumn column = pick(columns);
    return column.type().matches(TwinTypes.NO_INDEX)
        ? Optional.empty()
        : Optional.of("ADD INDEX %s (%s)".formatted(quote("by " + name()), column.quoted()));
  }

  /** Two columns change their names; or each takes the name of the next. */
  private Optional<String> swap(TwinColumn a) {
    return unaltered()
        .map(
            b ->
                "RENAME COLUMN %s TO %s, RENAME COLUMN %2$s TO %s"
                    .formatted(a.quoted(), b.quoted(), chance(50) ? a.quoted() : quote(name())));
  }

  private String addColumn() {
    String name = name();
    String place = pick(List.of("", "", " FIRST", " AFTER " + said(pick(keyColumns))));
    if (chance(10)) {
      untold.add(name);
      return "ADD COLUMN %s %s%s"
          .formatted(
              quote(name),
              pick(
                  List.of(
                      "DATETIME DEFAULT CURRENT_TIMESTAMP",
                      "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE"
                          + " CURRENT_TIMESTAMP(6)",
                      "VARCHAR(40) DEFAULT (UUID())")),
              place);
    }
    String type = pick(List.copyOf(types.keySet()));
    return "ADD %s%s %s %s%s"
        .formatted(chance(50) ? "COLUMN " : "", quote(name), type, rest(type, false), place);
  }

  private String modify(TwinColumn c) {
    String type = chance(15) ? pick(List.copyOf(types.keySet())) : known.convertible(c.type());
    String rest = chance(50) ? rest(type, false) : c.touched() ? "" : c.rest();
    if (!c.written()) {
      rest = c.rest();
    } else if (!c.rest().contains("NOT NULL") && !chance(10)) {
      rest = rest.replace("NOT NULL", "");
    }
    return chance(30)
        ? "CHANGE COLUMN %s %s %s %s".formatted(said(c), quote(name()), type, rest)
        : "MODIFY %s%s %s %s".formatted(chance(50) ? "COLUMN " : "", said(c), type, rest);
  }
}
