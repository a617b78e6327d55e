package dev.ghost.fakes;

import dev.ghost.internal.dialect.RowDifference;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** Compares the two tables of a {@link FakeDatabase}; only within a snapshot. */
public final class FakeComparison implements VerifySql {

  private final FakeDatabase database;

  /** True for a ghost that has a row twice, which no key shows. */
  public boolean ghostHasARowTwice;

  /** False where a range of the source does not show rows that only the ghost has. */
  public boolean rangesShowStrays = true;

  /** True where a look at single keys finds nothing, whatever the ranges say. */
  public boolean keysShowNothing;

  FakeComparison(FakeDatabase database) {
    this.database = database;
  }

  @Override
  public void openSnapshot(Connection connection, RowSelection rows) throws SQLException {
    database.happens("openSnapshot");
    database.openSnapshot(connection);
  }

  @Override
  public void openLocked(Connection connection, RowSelection rows) throws SQLException {
    database.happens("openLocked");
    database.openSnapshot(connection);
  }

  @Override
  public Optional<RowKey> boundary(Connection connection, KeyRange within, long rows)
      throws SQLException {
    database.happens("boundary");
    return FakeRows.cut(database.source, within, rows);
  }

  @Override
  public Comparison compare(Connection connection, KeyRange range) throws SQLException {
    database.happens("compare");
    Map<RowKey, String> here = FakeRows.of(database.source, range);
    return new Comparison(
        here.size(), differences(connection, range).isEmpty() && !ghostHasARowTwice);
  }

  @Override
  public List<RowKey> differing(Connection connection, RowSelection rows, int limit)
      throws SQLException {
    database.happens("differing");
    boolean nothing = keysShowNothing && !(rows instanceof KeyRange);
    return nothing ? List.of() : differences(connection, rows).stream().limit(limit).toList();
  }

  private List<RowKey> differences(Connection connection, RowSelection rows) {
    if (!database.hasSnapshot(connection)) {
      throw new AssertionError("compared without a snapshot");
    }
    synchronized (database) {
      Map<RowKey, String> there = FakeRows.of(database.ghost, rows);
      Map<RowKey, String> here = FakeRows.of(database.source, rows);
      NavigableSet<RowKey> keys = new TreeSet<>(database.source.comparator());
      keys.addAll(here.keySet());
      if (rangesShowStrays || !(rows instanceof KeyRange)) {
        keys.addAll(there.keySet());
      }
      List<RowKey> differing = new ArrayList<>(keys);
      differing.removeIf(k -> Objects.equals(here.get(k), there.get(k)));
      return differing;
    }
  }

  @Override
  public List<RowKey> strays(Connection connection, int limit) throws SQLException {
    database.happens("strays");
    return rangesShowStrays
        ? List.of()
        : database.ghost.keySet().stream()
            .filter(k -> !database.source.containsKey(k))
            .limit(limit)
            .toList();
  }

  @Override
  public RowDifference describeDifference(Connection connection, RowKey key) throws SQLException {
    database.happens("describeDifference");
    return new RowDifference(
        database.source.containsKey(key), database.ghost.containsKey(key), List.of());
  }
}
