package dev.ghost.internal.dialect.innodb.schema;

import static java.util.Comparator.comparing;

import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** A table as the server describes it. */
public record InnodbTableDefinition(
    TableName name, List<InnodbColumn> columns, List<InnodbIndex> indexes, String ddl) {

  public static InnodbTableDefinition read(ProductSql product, Connection c, TableName name)
      throws SQLException {
    String ddl = ddl(c, name);
    return new InnodbTableDefinition(
        name, columns(product, c, name), indexes(product, c, name, ddl), ddl);
  }

  public Optional<InnodbColumn> column(String wanted) {
    return columns.stream().filter(c -> c.named(wanted)).findFirst();
  }

  public Optional<InnodbColumn> autoIncrementColumn() {
    return columns.stream().filter(InnodbColumn::autoIncrement).findFirst();
  }

  /** The places of generated columns, and of the {@link #hiddenColumns hidden} ones. */
  public Set<Integer> generatedPlaces() {
    return IntStream.range(0, columns.size() + hiddenColumns().size())
        .filter(i -> i >= columns.size() || columns.get(i).generated())
        .boxed()
        .collect(Collectors.toSet());
  }

  /** True when the column is unique by itself. */
  public boolean hasUnique(String column) {
    return indexes.stream().anyMatch(i -> i.unique() && i.isOn(List.of(column)));
  }

  /**
   * The names of indexes that another table has as well, by the names here.
   *
   * @param columns names of its columns by those here
   */
  public Map<String, String> sameIndexes(InnodbTableDefinition other, Map<String, String> columns) {
    Map<String, String> same = new LinkedHashMap<>();
    for (InnodbIndex index : indexes) {
      List<String> there = index.columns().stream().map(n -> columns.getOrDefault(n, "")).toList();
      other.indexes.stream()
          .filter(o -> o.unique() == index.unique() && o.isOn(there))
          .min(comparing(o -> !o.name().equals(index.name())))
          .ifPresent(o -> same.put(index.name(), o.name()));
    }
    return same;
  }

  /**
   * The columns that no dictionary shows and the log has all the same, behind all others: MariaDB
   * keeps a unique key that is too long for its index by a hash of the values.
   */
  public List<String> hiddenColumns() {
    long keys = indexes.stream().filter(InnodbIndex::hashed).count();
    return LongStream.rangeClosed(1, keys).mapToObj(i -> "DB_ROW_HASH_" + i).toList();
  }

  /** True when its rows are in partitions. */
  public boolean partitioned() {
    return PARTITIONED.matcher(ddl).find();
  }

  private static final Pattern PARTITIONED =
      Pattern.compile("\\n\\)[^\\n]*\\n\\s*(?:/\\*!\\d+ )?PARTITION BY ");

  private static final String DIRECTORY = " (?:DATA|INDEX) DIRECTORY='";

  /** True when it is kept in a directory of its own; CREATE TABLE LIKE passes over that. */
  public boolean inDirectory() {
    return Pattern.compile(DIRECTORY).matcher(ddl).find();
  }

  public static String withoutDirectories(String ddl) {
    return ddl.replaceAll(DIRECTORY + "(?:[^'\\\\]|''|\\\\.)*'", "");
  }

  /**
   * The statement that creates another table of the same definition, but for foreign keys.
   *
   * @param checksNamed false where another table cannot have checks of the same names
   */
  public String createAs(TableName other, boolean checksNamed) {
    String create = "CREATE TABLE ";
    String definition =
        withoutForeignKeys(withoutCounter(ddl))
            .substring((create + Sql.quote(name.table())).length());
    for (Check check : checksNamed ? List.<Check>of() : Check.of(ddl)) {
      definition =
          definition.replace(
              "CONSTRAINT %s%s".formatted(Sql.quote(check.name()), check.condition()),
              check.condition().strip());
    }
    return create + Sql.quote(other) + definition;
  }

  /** The table's definition without its AUTO_INCREMENT counter, which moves by itself. */
  public static String stableDdl(Connection c, TableName name) throws SQLException {
    return withoutCounter(ddl(c, name));
  }

  /**
   * A table's definition without its name, without the names that the server derives from it, and
   * without foreign keys.
   */
  public static String anonymous(String ddl, TableName name) {
    return DerivedName.plain(
        withoutForeignKeys(ddl).replace("CREATE TABLE " + Sql.quote(name.table()), "CREATE TABLE"),
        name);
  }

  public static String withoutCounter(String ddl) {
    int at = counterAt(ddl);
    if (at < 0) {
      return ddl;
    }
    int end = at + COUNTER.length();
    while (end < ddl.length() && Character.isDigit(ddl.charAt(end))) {
      end++;
    }
    return ddl.substring(0, at) + ddl.substring(end);
  }

  static String withoutForeignKeys(String ddl) {
    return ddl.replaceAll(",?\\n  CONSTRAINT `(?:[^`]|``)+` FOREIGN KEY [^\\n]*?(?=,?\\n)", "");
  }

  /** The next AUTO_INCREMENT value; 1 when the server does not show one. */
  static BigInteger counter(Connection c, TableName name) throws SQLException {
    String ddl = ddl(c, name);
    int at = counterAt(ddl);
    if (at < 0) {
      return BigInteger.ONE;
    }
    int end = at + COUNTER.length();
    while (end < ddl.length() && Character.isDigit(ddl.charAt(end))) {
      end++;
    }
    return new BigInteger(ddl.substring(at + COUNTER.length(), end));
  }

  private static final String COUNTER = " AUTO_INCREMENT=";

  /** The server writes it before the table's comment, which may contain anything. */
  private static int counterAt(String ddl) {
    int options = ddl.lastIndexOf("\n) ");
    int at = options < 0 ? -1 : ddl.indexOf(COUNTER, options);
    int comment = ddl.indexOf(" COMMENT='", Math.max(0, options));
    return comment >= 0 && comment < at ? -1 : at;
  }

  private static String ddl(Connection c, TableName name) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW CREATE TABLE " + Sql.quote(name))) {
      rs.next();
      return rs.getString(2);
    }
  }

  private static List<InnodbColumn> columns(ProductSql product, Connection c, TableName name)
      throws SQLException {
    String sql =
        """
        SELECT column_name, data_type, column_type, character_set_name, collation_name,
               is_nullable, column_default, extra, character_maximum_length,
               numeric_precision, COALESCE(numeric_scale, datetime_precision),
               generation_expression
          FROM information_schema.columns
         WHERE table_schema = ? AND table_name = ?
         ORDER BY ordinal_position
        """;
    List<InnodbColumn> columns = new ArrayList<>();
    try (PreparedStatement statement = Sql.prepared(c, sql, name);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        columns.add(
            new InnodbColumn(
                rs.getString(1),
                InnodbColumn.lower(rs.getString(2)),
                rs.getString(3),
                rs.getString(4),
                rs.getString(5),
                rs.getString(6).equals("YES"),
                product.defaultSql(rs.getString(7), rs.getString(8)),
                rs.getString(8),
                rs.getLong(9),
                rs.getInt(10),
                rs.getInt(11),
                product.generationSql(rs.getString(12))));
      }
    }
    return columns;
  }

  private static List<InnodbIndex> indexes(
      ProductSql product, Connection c, TableName name, String ddl) throws SQLException {
    String sql =
        """
        SELECT index_name, non_unique, column_name, index_type, sub_part, collation, %s
          FROM information_schema.statistics
         WHERE table_schema = ? AND table_name = ?
         ORDER BY index_name = 'PRIMARY' DESC, index_name, seq_in_index
        """
            .formatted(product.usableIndex());
    Map<String, InnodbIndex> indexes = new LinkedHashMap<>();
    try (PreparedStatement statement = Sql.prepared(c, sql, name);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        String column = rs.getString(3);
        boolean plain =
            column != null
                && rs.getString(4).equals("BTREE")
                && rs.getString(5) == null
                && "A".equals(rs.getString(6))
                && rs.getBoolean(7);
        InnodbIndex part =
            new InnodbIndex(
                rs.getString(1),
                rs.getString(4),
                rs.getInt(2) == 0,
                plain,
                column == null,
                overlaps(rs.getString(1), ddl),
                List.of(column == null ? "" : column));
        indexes.merge(part.name(), part, InnodbTableDefinition::joined);
      }
    }
    return List.copyOf(indexes.values());
  }

  private static InnodbIndex joined(InnodbIndex a, InnodbIndex b) {
    List<String> columns = new ArrayList<>(a.columns());
    columns.addAll(b.columns());
    return new InnodbIndex(
        a.name(),
        a.type(),
        a.unique(),
        a.plain() && b.plain(),
        a.expressions() || b.expressions(),
        a.overlaps(),
        List.copyOf(columns));
  }

  /** MariaDB's dictionary says so nowhere else. A comment on the index can say anything. */
  static boolean overlaps(String index, String ddl) {
    String key =
        index.equals("PRIMARY") ? "PRIMARY KEY (" : "UNIQUE KEY " + Sql.quote(index) + " (";
    return ddl.lines()
        .map(l -> l.strip().replaceFirst(" COMMENT '.*", ""))
        .anyMatch(l -> l.startsWith(key) && l.contains("` WITHOUT OVERLAPS)"));
  }
}
