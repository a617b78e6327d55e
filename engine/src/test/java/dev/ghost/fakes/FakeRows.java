package dev.ghost.fakes;

import static dev.ghost.fakes.FakeDatabase.error;

import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The statements that bring rows from one table of a {@link FakeDatabase} into the other. */
public final class FakeRows implements RowSql {

  private final FakeDatabase database;

  /** True for a ghost that has values of its own. */
  public boolean keepsValues;

  /** Keys that a cascade changes. */
  public List<RowKey> cascaded = List.of();

  FakeRows(FakeDatabase database) {
    this.database = database;
  }

  static NavigableMap<RowKey, String> within(NavigableMap<RowKey, String> table, KeyRange range) {
    NavigableMap<RowKey, String> rest =
        range.after() == null ? table : table.tailMap(range.after(), false);
    return range.upTo() == null ? rest : rest.headMap(range.upTo(), true);
  }

  static Map<RowKey, String> of(NavigableMap<RowKey, String> table, RowSelection rows) {
    if (rows instanceof KeyRange range) {
      return new LinkedHashMap<>(within(table, range));
    }
    Map<RowKey, String> found = new LinkedHashMap<>();
    for (RowKey key : ((KeyList) rows).keys()) {
      if (table.containsKey(key)) {
        found.put(key, table.get(key));
      }
    }
    return found;
  }

  static Optional<RowKey> cut(NavigableMap<RowKey, String> table, KeyRange range, long rows) {
    return within(table, range).keySet().stream().skip(rows - 1).findFirst();
  }

  @Override
  public Optional<RowKey> boundary(Connection connection, KeyRange within, long rows)
      throws SQLException {
    database.happens("boundary");
    return cut(database.source, within, rows);
  }

  @Override
  public List<RowKey> keys(Connection connection, KeyRange range, int limit) throws SQLException {
    database.happens("keys");
    return within(database.source, range).keySet().stream().limit(limit).toList();
  }

  @Override
  public long write(Connection connection, RowSelection rows, Set<RowKey> cleared)
      throws SQLException {
    database.happens("write");
    synchronized (database) {
      if (!database.ghost.keySet().containsAll(cleared)) {
        throw new StaleException();
      }
      Map<RowKey, String> wanted = of(database.source, rows);
      wanted.putAll(of(database.source, new KeyList(cleared)));
      Set<RowKey> deleted = new LinkedHashSet<>(cleared);
      if (rows instanceof KeyList list) {
        deleted.addAll(list.keys());
      }
      replace(connection, deleted, wanted);
      return wanted.keySet().stream().filter(k -> !cleared.contains(k)).count();
    }
  }

  /** All of it or nothing; another transaction does not see a part. */
  private void replace(Connection connection, Set<RowKey> deleted, Map<RowKey, String> wanted)
      throws SQLException {
    Map<RowKey, String> kept = new HashMap<>(database.ghost);
    kept.keySet().removeAll(deleted);
    Set<String> values = new HashSet<>(kept.values());
    for (Map.Entry<RowKey, String> row : wanted.entrySet()) {
      if (database.unfit.contains(row.getValue())) {
        throw error(ErrorClass.MISFIT, "value " + row.getValue() + " is too long");
      }
      if (kept.containsKey(row.getKey()) || !values.add(row.getValue())) {
        throw error(ErrorClass.DUPLICATE, "value " + row.getValue() + " is there already");
      }
    }
    deleted.forEach(key -> database.put(connection, key, null));
    wanted.forEach((key, value) -> database.put(connection, key, value));
  }

  @Override
  public void clearUnanswered(Connection connection, KeyRange range) throws SQLException {
    database.happens("clearUnanswered");
    List.copyOf(within(database.ghost, range).keySet())
        .forEach(key -> database.put(connection, key, null));
  }

  @Override
  public Batch read(Connection connection, KeyList rows) throws SQLException {
    database.happens("read");
    Map<RowKey, String> asRead = of(database.source, rows);
    return new Batch() {
      @Override
      public Set<RowKey> inTheWay() throws SQLException {
        database.happens("inTheWay");
        return holders(asRead, Set.copyOf(rows.keys()));
      }

      @Override
      public long write(Set<RowKey> inTheWay) throws SQLException {
        database.happens("write");
        synchronized (database) {
          Set<RowKey> deleted = new LinkedHashSet<>(inTheWay);
          deleted.addAll(rows.keys());
          replace(connection, deleted, asRead);
          return asRead.size();
        }
      }
    };
  }

  /** Rows of the ghost, but for some, that have a value or a key of these. */
  private Set<RowKey> holders(Map<RowKey, String> wanted, Set<RowKey> but) {
    Set<RowKey> found = new LinkedHashSet<>();
    synchronized (database) {
      database.ghost.forEach(
          (key, value) -> {
            if (!but.contains(key) && (wanted.containsValue(value) || wanted.containsKey(key))) {
              found.add(key);
            }
          });
    }
    return found;
  }

  @Override
  public boolean keepsValues() {
    return keepsValues;
  }

  @Override
  public Set<RowKey> inTheWay(Connection connection, RowSelection rows, Set<RowKey> cleared)
      throws SQLException {
    database.happens("inTheWay");
    Map<RowKey, String> wanted = of(database.source, rows);
    wanted.putAll(of(database.source, new KeyList(cleared)));
    Set<RowKey> deleted = new LinkedHashSet<>(cleared);
    if (rows instanceof KeyList list) {
      deleted.addAll(list.keys());
    }
    return holders(wanted, deleted);
  }

  @Override
  public List<String> duplicates(Connection connection, RowSelection rows, Set<RowKey> cleared)
      throws SQLException {
    database.happens("duplicates");
    Map<RowKey, String> wanted = of(database.source, rows);
    wanted.putAll(of(database.source, new KeyList(cleared)));
    Map<String, List<RowKey>> byValue =
        wanted.keySet().stream().collect(Collectors.groupingBy(wanted::get));
    List<String> lines = new ArrayList<>();
    byValue.forEach(
        (value, keys) -> {
          if (keys.size() > 1) {
            lines.add(value + ": " + keys);
          }
        });
    return lines;
  }

  @Override
  public boolean trims() {
    return true;
  }

  @Override
  public boolean trim(Connection connection, KeyRange rest) throws SQLException {
    database.happens("trim");
    List.copyOf(within(database.ghost, rest).keySet())
        .forEach(key -> database.put(connection, key, null));
    return false;
  }

  @Override
  public List<RowKey> cascaded(Connection connection, Cascade cascade, RowKey after, int most)
      throws SQLException {
    database.happens("cascaded");
    int from = after == null ? 0 : cascaded.indexOf(after) + 1;
    return cascaded.subList(from, Math.min(cascaded.size(), from + most));
  }

  @Override
  public boolean unlocked(Connection connection, Collection<RowKey> keys) throws SQLException {
    database.happens("unlocked");
    return keys.stream().noneMatch(database.locked::contains);
  }
}
