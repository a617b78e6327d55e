package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.rows.Alias;
import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeyColumn;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.rows.InnodbSearchIndex;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.plan.KeyCandidate;
import dev.ghost.internal.plan.KeyPart;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The chunk key, and how the ghost's rows are found by it.
 *
 * <p>Invariant: two rows of one key are never both in the ghost. Either nobody can write them,
 * because the order of the keys can be computed, and the ghost's is the same; or a unique key
 * notices them. Without one, a chunk deletes before it writes: its commit may have been made though
 * the answer was lost, and then it is written again.
 *
 * @param search an index that the ghost is to have for it
 */
record KeyChoice(InnodbKeySql key, Optional<InnodbSearchIndex> search) {

  private static final int PROBED = 100;

  /**
   * Chooses one, and rather one that needs no helper index.
   *
   * @param mayAdd true when the ghost is a new table, which can be given an index
   */
  static KeyChoice of(
      InnodbInspection inspection,
      List<InnodbColumnMapping> columns,
      InnodbTableDefinition ghost,
      boolean mayAdd) {
    return KeyCandidate.choose(
        inspection.names().source(),
        inspection.source().indexes().stream()
            .filter(InnodbIndex::unique)
            .map(index -> candidate(index, inspection, columns, ghost, mayAdd))
            .toList(),
        "Add a primary key, or a unique key on columns that are NOT NULL and that the change"
            + " keeps.");
  }

  private static KeyCandidate<KeyChoice> candidate(
      InnodbIndex index,
      InnodbInspection inspection,
      List<InnodbColumnMapping> columns,
      InnodbTableDefinition ghost,
      boolean mayAdd) {
    Optional<String> unfit = whyNot(index, inspection, columns);
    if (unfit.isPresent()) {
      return new KeyCandidate.Unfit<>(index.name(), unfit.get());
    }
    return choice(index, keyColumns(index, columns), inspection.alias(), ghost, mayAdd)
        .<KeyCandidate<KeyChoice>>map(choice -> new KeyCandidate.Fit<>(choice, choice.cost()))
        .orElseGet(
            () ->
                new KeyCandidate.Unfit<>(
                    index.name(), "the new schema has no index or key on the same columns"));
  }

  private int cost() {
    return search.isPresent() ? 2 : key.ranged() ? 0 : 1;
  }

  /** Why an index cannot be the chunk key, whatever the ghost's indexes are. */
  private static Optional<String> whyNot(
      InnodbIndex index, InnodbInspection inspection, List<InnodbColumnMapping> columns) {
    return index.plain()
        ? KeyPart.whyNot(
            index.columns().stream()
                .map(name -> inspection.source().column(name).orElseThrow())
                .map(column -> part(column, mappingOf(column.name(), columns)))
                .toList())
        : Optional.of("it has a prefix, an expression or a descending part, or is invisible");
  }

  private static KeyPart part(InnodbColumn column, Optional<InnodbColumnMapping> mapping) {
    String name = column.name();
    return new KeyPart(
        name,
        column.type(),
        column.nullable(),
        mapping.isPresent()
            ? Optional.empty()
            : Optional.of("the change drops " + name + " or computes it, or it is generated"),
        InnodbKeyColumn.orders(column),
        mapping
            .map(InnodbColumnMapping::ghost)
            .filter(after -> after.nullable() || InnodbKeyColumn.of(column, after).isEmpty())
            .map(
                after ->
                    "the change makes %s %s, which does not keep its values apart"
                        .formatted(name, after.fullType())));
  }

  private static List<InnodbKeyColumn> keyColumns(
      InnodbIndex index, List<InnodbColumnMapping> columns) {
    return index.columns().stream()
        .map(name -> mappingOf(name, columns).orElseThrow())
        .map(m -> InnodbKeyColumn.of(m.source().orElseThrow(), m.ghost()).orElseThrow())
        .toList();
  }

  private static Optional<InnodbColumnMapping> mappingOf(
      String source, List<InnodbColumnMapping> columns) {
    return columns.stream().filter(m -> m.takes(source)).findAny();
  }

  /** Empty when the ghost's rows could not be found, or one of them could be there twice. */
  static Optional<KeyChoice> choice(
      InnodbIndex index,
      List<InnodbKeyColumn> columns,
      Alias alias,
      InnodbTableDefinition ghost,
      boolean mayAdd) {
    List<String> names = columns.stream().map(k -> k.ghost().name()).toList();
    boolean found = ghost.indexes().stream().anyMatch(i -> i.plain() && i.leads(names));
    boolean enforced = ghost.indexes().stream().anyMatch(i -> i.plain() && i.keepsApart(names));
    boolean computed =
        columns.stream().allMatch(k -> k.sameOrder() && k.order() != KeyOrder.Part.COLLATED);
    boolean exact = columns.stream().allMatch(InnodbKeyColumn::keepsApart);
    if (enforced || (found && computed)) {
      // Without an index that has them in this order, they are looked up by the one that is unique.
      return Optional.of(
          new KeyChoice(
              new InnodbKeySql(index, columns, alias, found, enforced), Optional.empty()));
    }
    // A unique key of a table with partitions must have the columns that these go by; where there
    // is no primary key, rows would be stored in its order, and all of them again when it goes.
    boolean unique =
        !ghost.partitioned() && ghost.indexes().stream().anyMatch(InnodbIndex::primary);
    return mayAdd && (unique ? exact : computed)
        ? Optional.of(
            new KeyChoice(
                new InnodbKeySql(index, columns, alias, true, unique),
                Optional.of(new InnodbSearchIndex(unique, names))))
        : Optional.empty();
  }

  /** What the user should know of it. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    if (!key.sameOrder()) {
      warnings.add(
          "The change alters the order of the key %s: rows are looked up one by one to verify."
              .formatted(key.index().name()));
    }
    search.map(InnodbSearchIndex::describe).ifPresent(warnings::add);
    return warnings;
  }

  /**
   * Finds some rows by their keys, as the replay will; a key that cannot be found again is of no
   * use.
   */
  void probe(Connection c, InnodbInspection inspection) throws SQLException {
    for (InnodbKeyColumn column : key.columns()) {
      probe(c, column);
    }
    String source = inspection.alias().asSource(Sql.quote(inspection.names().source()));
    List<RowKey> some;
    try (var statement = c.createStatement();
        ResultSet rs =
            statement.executeQuery(
                "SELECT %s FROM %s LIMIT %d".formatted(key.select(Side.SOURCE), source, PROBED))) {
      some = key.readAll(rs);
    }
    Fragment again =
        Fragment.of(
            "SELECT COUNT(*) FROM %s WHERE %s", Fragment.plain(source), key.in(Side.SOURCE, some));
    try (PreparedStatement statement = again.prepare(c);
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      if (rs.getInt(1) < some.size() / 2) {
        throw new RefusedException(
            "Of %d rows of %s, only %d were found again by the key %s."
                .formatted(
                    some.size(), inspection.names().source(), rs.getInt(1), key.index().name()),
            "Please report this, with the table's definition.");
      }
    }
  }

  /** There might be a collation that passes over a sign. */
  private static void probe(Connection c, InnodbKeyColumn column) throws SQLException {
    if (!column.becomesDigits()) {
      return;
    }
    try (var statement = c.createStatement();
        ResultSet rs =
            statement.executeQuery(
                "SELECT %s = %s".formatted(column.asGhost("-1"), column.asGhost("1")))) {
      rs.next();
      if (rs.getBoolean(1)) {
        throw new RefusedException(
            "In the collation %s of %s, -1 is equal to 1: the change does not keep the values of the key apart."
                .formatted(column.ghost().collation(), column.ghost().name()),
            "Give the column another collation.");
      }
    }
  }
}
