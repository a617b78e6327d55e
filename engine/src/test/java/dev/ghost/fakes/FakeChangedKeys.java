package dev.ghost.fakes;

import dev.ghost.internal.dialect.ChangedKeys;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Keys that gather in memory, beside a {@link FakeDatabase}. The operations are called {@code add},
 * {@code next}, {@code deleteCopies}, {@code trim copies} and {@code clear}.
 */
public final class FakeChangedKeys implements ChangedKeys {

  public final NavigableSet<RowKey> stored =
      new ConcurrentSkipListSet<>(Comparator.comparing(k -> (Long) k.part(0)));

  private final FakeDatabase database;
  private volatile boolean indexed;

  public FakeChangedKeys(FakeDatabase database) {
    this.database = database;
  }

  @Override
  public boolean gathering() {
    return !indexed;
  }

  @Override
  public void indexed() {
    indexed = true;
  }

  @Override
  public int add(Connection connection, Collection<RowKey> keys) throws SQLException {
    database.happens("add");
    int before = stored.size();
    stored.addAll(keys);
    return stored.size() - before;
  }

  @Override
  public Portion next(Connection connection, long after, int most) throws SQLException {
    database.happens("next");
    List<RowKey> keys = stored.stream().skip(after).limit(most).toList();
    return new Portion(keys, after + keys.size());
  }

  @Override
  public void addRepeated(Connection connection) throws SQLException {
    database.happens("addRepeated");
  }

  @Override
  public void deleteCopies(Connection connection) throws SQLException {
    database.happens("deleteCopies");
    stored.forEach(key -> database.put(connection, key, null));
  }

  @Override
  public void trim(Connection connection, KeyRange rest) throws SQLException {
    database.happens("trim copies");
    List.copyOf(FakeRows.within(database.ghost, rest).keySet())
        .forEach(key -> database.put(connection, key, null));
  }

  @Override
  public void clear(Connection connection) throws SQLException {
    database.happens("clear");
    stored.clear();
  }
}
