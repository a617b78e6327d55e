package dev.ghost.internal.dialect.common;

import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Brings rows of the source into the ghost, in the order that all products have. What only the
 * ghost holds is kept. Rows in the way are deleted, then the given ones. One statement inserts them
 * all. A dialect gives the statements.
 *
 * @param <S> the tables of a statement
 */
public abstract class RowStatements<S> implements RowSql {

  /** Pairs of rows that are shown for a unique key. */
  private static final int SHOWN = 5;

  /** Rows that are trimmed in one statement. */
  private static final int TRIMMED = 5_000;

  private final KeyConditions<S, ?> key;
  private final S ghost;

  /**
   * @param ghost the ghost as a statement names it in which its rows are looked up
   */
  protected RowStatements(KeyConditions<S, ?> key, S ghost) {
    this.key = key;
    this.ghost = ghost;
  }

  /** Keeps, in the session, values that only the ghost has, of its rows of a condition. */
  protected abstract void keep(Connection c, Fragment where) throws SQLException;

  /** Whether the ghost may hold some of these rows already, so that they are deleted first. */
  protected abstract boolean mayHold(RowSelection rows);

  /**
   * Inserts rows, after those of {@code cleared} were deleted. Of several statements, the next one
   * is for when rows are in the way of the one before, which is undone then.
   */
  protected abstract List<Fragment> insertions(RowSelection rows, Set<RowKey> cleared);

  /**
   * Decides whether the next of several insertions is tried.
   *
   * @param error of the one before
   */
  protected boolean fallsBack(SQLException error) {
    return false;
  }

  /** Deletes rows of the ghost. */
  protected abstract Fragment deletion(RowSelection rows);

  /** Deletes no more than some of the ghost's rows. */
  protected abstract Fragment deletion(KeyRange range, int most);

  /** Select keys of the ghost's rows that a write of these conflicts with. */
  protected abstract List<Fragment> conflicting(RowSelection rows, Set<RowKey> cleared);

  /**
   * What a unique key of the ghost forbids.
   *
   * @param text what is said of a row of the selection, with a {@code %s} for each of its columns
   */
  public record Forbidden(String key, Fragment select, String text) {}

  /**
   * Select what the ghost's unique keys forbid among rows of the source, no more than a number of
   * rows for each key.
   */
  protected abstract List<Forbidden> forbidden(RowSelection rows, Set<RowKey> cleared, int most);

  @Override
  public final List<String> duplicates(Connection c, RowSelection rows, Set<RowKey> cleared)
      throws SQLException {
    List<String> lines = new ArrayList<>();
    for (Forbidden each : forbidden(rows, cleared, SHOWN)) {
      for (List<String> row : each.select.rows(c)) {
        lines.add("key %s: %s".formatted(each.key, each.text.formatted(row.toArray())));
      }
    }
    return lines;
  }

  @Override
  public final long write(Connection c, RowSelection rows, Set<RowKey> cleared)
      throws SQLException {
    if (keepsValues()) {
      keep(c, Fragment.of("(%s) OR (%s)", key.where(ghost, rows), key.in(ghost, cleared)));
    }
    if (!cleared.isEmpty() && delete(c, new KeyList(cleared)) != cleared.size()) {
      throw new StaleException();
    }
    if (mayHold(rows)) {
      delete(c, rows);
    }
    List<Fragment> ways = insertions(rows, cleared);
    for (int next = 1; ; next++) {
      Savepoint before = next < ways.size() ? c.setSavepoint() : null;
      try (PreparedStatement insert = ways.get(next - 1).prepare(c)) {
        return Math.max(0, insert.executeLargeUpdate() - cleared.size());
      } catch (SQLException e) {
        if (before == null || !fallsBack(e)) {
          throw e;
        }
        c.rollback(before);
      }
    }
  }

  protected final long delete(Connection c, RowSelection rows) throws SQLException {
    return deletion(rows).update(c);
  }

  @Override
  public final boolean trim(Connection c, KeyRange rest) throws SQLException {
    return deletion(rest, TRIMMED).update(c) == TRIMMED;
  }

  @Override
  public final Set<RowKey> inTheWay(Connection c, RowSelection rows, Set<RowKey> cleared)
      throws SQLException {
    Set<RowKey> found = new HashSet<>();
    for (Fragment select : conflicting(rows, cleared)) {
      found.addAll(key.read(c, select));
    }
    if (rows instanceof KeyList list) {
      list.keys().forEach(found::remove);
    }
    return found;
  }

  /** All of some keys, in one order. */
  protected static Set<RowKey> both(Collection<RowKey> keys, Collection<RowKey> more) {
    Set<RowKey> all = new LinkedHashSet<>(keys);
    all.addAll(more);
    return all;
  }
}
