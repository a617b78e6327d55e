package dev.ghost.internal.dialect.postgres;

import dev.ghost.internal.dialect.postgres.rows.Pages;
import dev.ghost.internal.dialect.postgres.rows.PostgresColumnMapping;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeyColumn;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresIndex;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.KeyCandidate;
import dev.ghost.internal.plan.KeyPart;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Chooses the chunk key, and whether chunks are ranges of it or of pages. */
final class PostgresKeyChoice {

  /** Below this, following the key means visiting the table's pages in random order. */
  private static final double IN_ORDER = 0.7;

  private static final long WORTH_PAGES = 1_000;

  private PostgresKeyChoice() {}

  static PostgresKeySql of(PostgresInspection inspection, List<PostgresColumnMapping> columns) {
    TableName source = inspection.names().source();
    return KeyCandidate.choose(
        source,
        inspection.source().indexes().stream()
            .filter(PostgresIndex::unique)
            .map(index -> candidate(index, inspection, columns))
            .toList(),
        "Add a primary key; or name a unique key on columns that are NOT NULL, and that the change"
            + " keeps, as the replica identity: ALTER TABLE %s REPLICA IDENTITY USING INDEX ...;"
                .formatted(Sql.quote(source)));
  }

  private static KeyCandidate<PostgresKeySql> candidate(
      PostgresIndex index, PostgresInspection inspection, List<PostgresColumnMapping> columns) {
    Optional<String> unfit = whyNot(index, inspection, columns);
    return unfit.isPresent()
        ? new KeyCandidate.Unfit<>(index.name(), unfit.get())
        : new KeyCandidate.Fit<>(
            new PostgresKeySql(
                index,
                index.columns().stream()
                    .map(name -> mappingOf(name, columns).orElseThrow())
                    .map(m -> new PostgresKeyColumn(m.source(), m.ghost()))
                    .toList()),
            0);
  }

  private static Optional<PostgresColumnMapping> mappingOf(
      String source, List<PostgresColumnMapping> columns) {
    return columns.stream().filter(m -> m.source().name().equals(source)).findAny();
  }

  /** Why an index cannot be the chunk key; empty when it can. */
  private static Optional<String> whyNot(
      PostgresIndex index, PostgresInspection inspection, List<PostgresColumnMapping> columns) {
    boolean carried =
        switch (inspection.identity()) {
          case "d" -> index.primary();
          case "i" -> index.replicaIdentity();
          case "f" -> true;
          default -> false;
        };
    if (!carried) {
      return Optional.of("it is not the replica identity, so the change stream does not carry it");
    }
    if (!index.key()) {
      return Optional.of("it is partial, deferrable, invalid, on an expression, or no B-tree");
    }
    return KeyPart.whyNot(
        index.columns().stream()
            .map(name -> inspection.source().column(name).orElseThrow())
            .map(column -> part(column, mappingOf(column.name(), columns)))
            .toList());
  }

  private static KeyPart part(PostgresColumn column, Optional<PostgresColumnMapping> mapping) {
    String name = column.name();
    return new KeyPart(
        name,
        column.type(),
        !column.notNull(),
        mapping.isPresent()
            ? Optional.empty()
            : Optional.of("the change drops " + name + ", or it is generated"),
        PostgresKeyColumn.canBeKey(column),
        mapping
            .filter(m -> m.using().isPresent() || !PostgresKeyColumn.canBeKey(m.ghost()))
            .map(m -> "the change does not keep the values of %s apart".formatted(name)));
  }

  /** The source's pages, where a copy in the order of the key would visit them at random. */
  static Optional<Pages> pages(
      Connection c,
      PostgresInspection inspection,
      PostgresTableDefinition ghost,
      PostgresKeySql key)
      throws SQLException {
    List<String> ghostKey = key.columns().stream().map(k -> k.ghost().name()).toList();
    boolean arbiter =
        ghost.indexes().stream().anyMatch(i -> i.key() && i.columns().equals(ghostKey));
    String sql =
        """
        SELECT c.relpages >= ? AND abs(s.correlation) < ?, GREATEST(1, c.reltuples / GREATEST(1, c.relpages))::bigint
          FROM pg_class AS c
          JOIN pg_stats AS s ON s.schemaname = ? AND s.tablename = ? AND s.attname = ?
         WHERE c.oid = ?
        """;
    TableName source = inspection.names().source();
    try (var statement =
            Sql.prepared(
                c,
                sql,
                WORTH_PAGES,
                IN_ORDER,
                source.schema(),
                source.table(),
                key.index().columns().get(0),
                inspection.source().oid());
        var rs = statement.executeQuery()) {
      return arbiter && rs.next() && rs.getBoolean(1)
          ? Optional.of(
              new Pages(
                  inspection.source().oid(),
                  Pages.file(c, inspection.source().oid()),
                  rs.getLong(2)))
          : Optional.empty();
    }
  }
}
