package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The source's rows as a comparison reads them: with the values that the ghost should hold. */
sealed interface SourceSide {

  /**
   * Chooses how to read them: from the source itself, where an expression is known for each column
   * that is just what is stored; or else from a table into which the server has converted them.
   *
   * @param columns all that the copy writes
   * @param compared those that are compared
   */
  static SourceSide of(
      String source,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      List<InnodbColumnMapping> compared,
      InnodbRows rows,
      InnodbKeySql key) {
    boolean exact = compared.stream().allMatch(m -> m.exact().isPresent());
    return exact
        ? new Expressed(source, key)
        : new Converted(BatchTable.of(ghost.name(), ghost, columns, key), rows, key);
  }

  /** Takes up rows for the statements that follow; commits what went before. */
  void take(Connection c, RowSelection rows) throws SQLException;

  /** Stands in FROM. */
  String table();

  /** Their chunk keys. */
  String keys();

  /** The chunk key's columns, under their alias. */
  List<String> keyColumns();

  /** Those of the rows that were taken up. */
  Fragment where(RowSelection rows);

  /** Joins them with the ghost. */
  String join();

  /** Joins a row of the ghost with them. */
  String joinFromGhost();

  /** The value that a column should hold. */
  String value(InnodbColumnMapping column);

  /** The source itself. */
  record Expressed(String table, InnodbKeySql key) implements SourceSide {

    /** Each statement reads the source. */
    @Override
    public void take(Connection c, RowSelection rows) {}

    @Override
    public String keys() {
      return key.select(Side.SOURCE);
    }

    @Override
    public List<String> keyColumns() {
      return key.columns().stream().map(k -> key.alias().ofSource(k.source().name())).toList();
    }

    @Override
    public Fragment where(RowSelection rows) {
      return key.where(Side.SOURCE, rows);
    }

    @Override
    public String join() {
      return key.join();
    }

    @Override
    public String joinFromGhost() {
      return key.joinFromGhost();
    }

    @Override
    public String value(InnodbColumnMapping column) {
      return column.exact().orElseThrow();
    }
  }

  /**
   * A temporary table of the session with the ghost's columns. The rows in it are of the moment at
   * which they were taken up; the ghost is read after that. So a change in between looks like a
   * difference, as one does that the replay has not applied yet.
   */
  record Converted(BatchTable batch, InnodbRows rows, InnodbKeySql key) implements SourceSide {

    /** At READ COMMITTED, so that reading the source locks none of its rows. */
    @Override
    public void take(Connection c, RowSelection rows) throws SQLException {
      c.commit();
      Sql.execute(c, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
      try {
        this.rows.convert(c, batch, rows);
      } catch (SQLException e) {
        if (!InnodbErrors.classOf(e).isDataError()) {
          throw e;
        }
        throw new RowRejectedException(
            "A row of the source was written that does not fit the new schema: " + e.getMessage(),
            "Correct the row, then run the command again: it continues.",
            e,
            true);
      }
      c.commit();
    }

    @Override
    public String table() {
      return batch.rows();
    }

    @Override
    public String keys() {
      return key.select(Side.CONVERTED);
    }

    @Override
    public List<String> keyColumns() {
      return key.columns().stream().map(k -> key.alias().ofSource(k.ghost().name())).toList();
    }

    @Override
    public Fragment where(RowSelection rows) {
      return rows instanceof KeyList ? key.where(Side.CONVERTED, rows) : Fragment.plain("TRUE");
    }

    @Override
    public String join() {
      return key.joinConverted();
    }

    @Override
    public String joinFromGhost() {
      return key.joinConverted();
    }

    @Override
    public String value(InnodbColumnMapping column) {
      return key.alias().ofSource(column.ghost().name());
    }
  }
}
