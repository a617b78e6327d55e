package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.rows.InnodbRows;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.function.SqlConsumer;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;

/** Copies and replays a sample with the statements of a run. */
record SampleCopy(
    InnodbInspection inspection,
    InnodbTableDefinition ghost,
    List<InnodbColumnMapping> columns,
    InnodbKeySql key,
    SampleTables tables,
    Connection c) {

  /**
   * Copies all rows.
   *
   * @param keys theirs
   * @throws RefusedException if a row does not fit
   */
  void copy(List<RowKey> keys) throws SQLException {
    InnodbRows way = way();
    run(some -> way.write(c, rows(some, keys), Set.of()), keys);
  }

  /** Reads them all again, as after a change. */
  void replay(List<RowKey> keys) throws SQLException {
    InnodbRows way = way();
    run(some -> way.read(c, new KeyList(some)).write(Set.of()), keys);
  }

  private InnodbRows way() {
    TableNames names =
        new TableNames(
            tables.sample(),
            tables.ghost(),
            inspection.names().retired(),
            inspection.names().control());
    return new InnodbRows(inspection.product(), names, ghost, columns, List.of(), key, List.of());
  }

  /** As the copy does it, which takes all rows of a range. */
  private static RowSelection rows(List<RowKey> some, List<RowKey> all) {
    return some.equals(all) ? KeyRange.ALL : new KeyList(some);
  }

  /**
   * @param part of ghost's own way, for some of the rows
   */
  private void run(SqlConsumer<List<RowKey>> part, List<RowKey> keys) throws SQLException {
    try {
      part.accept(keys);
      c.commit();
    } catch (SQLException e) {
      if (!InnodbErrors.classOf(e).isDataError()) {
        throw e;
      }
      c.rollback();
      boolean computed = columns.stream().anyMatch(InnodbColumnMapping::computed);
      throw new RefusedException(
          "ghost cannot copy %s%s: %s"
              .formatted(
                  InnodbErrors.classOf(e) == ErrorClass.MISFIT
                      ? "the row of %s with %s"
                          .formatted(inspection.names().source(), key.describe(refused(part, keys)))
                      : "a row of " + inspection.names().source(),
                  computed ? "" : ", which the server's own ALTER accepts",
                  e.getMessage()),
          "Correct the row, or the change. Nothing was copied.",
          e);
    }
  }

  /** Finds a row that is refused, in halves. */
  private RowKey refused(SqlConsumer<List<RowKey>> part, List<RowKey> keys) throws SQLException {
    List<RowKey> left = keys;
    while (left.size() > 1) {
      List<RowKey> half = left.subList(0, left.size() / 2);
      try {
        part.accept(half);
        left = left.subList(half.size(), left.size());
      } catch (SQLException e) {
        if (!InnodbErrors.classOf(e).isDataError()) {
          throw e;
        }
        left = half;
      }
      c.rollback();
    }
    return left.get(0);
  }
}
