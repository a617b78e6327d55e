package dev.ghost.internal.copy;

import dev.ghost.api.RowRejectedException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import dev.ghost.internal.log.Masked;
import dev.ghost.internal.session.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows of the source into the ghost, and clears what stands in their way. Stateless.
 *
 * <p>While writers run, the ghost is no snapshot: its rows were read at different moments, so two
 * of them can hold one unique value for a while. The row in the way is then stale. The copy reads
 * it again together with the new one, in one statement, in which no duplicate can be; the replay
 * removes it, for its own change is pending or will be. A duplicate that stays is a value that the
 * new schema forbids. A row that was cleared like this is not ours: its own change may have been
 * applied at the same time, unseen, so it has to be applied once more.
 */
public final class RowWriter {

  private static final Logger LOG = LoggerFactory.getLogger(RowWriter.class);

  private static final int MOST_TRIES = 50;

  /** Tries without anything new in the way before we look whether a duplicate is real. */
  private static final int CONVINCING = 3;

  /** Tries of many rows as a whole; then they are written in pieces, which meet fewer changes. */
  private static final int TRIES_AS_A_WHOLE = 5;

  /** Rows that stand in each other's way, one after the other, before we try to write them. */
  private static final int LONGEST_CHAIN = 20;

  private static final int PIECE = 200;

  /** A list is cut in as many pieces, and so is each of them, down to single rows. */
  private static final int PIECES = 4;

  private static final int ROWS_OF_A_CUT = 500;

  private final Driver driver;
  private final PlannedMigration planned;
  private final RowSql sql;
  private final Consumer<Set<RowKey>> again;

  /**
   * @param again told, before {@link #write} returns, of rows that were written or removed on
   *     behalf of others and have to be applied once more
   */
  public RowWriter(Driver driver, PlannedMigration planned, Consumer<Set<RowKey>> again) {
    this.driver = driver;
    this.planned = planned;
    this.again = again;
    this.sql = planned.rows();
  }

  /**
   * Makes the ghost hold what the source holds of these rows.
   *
   * @return rows inserted
   * @throws RowRejectedException if a row does not fit the new schema
   */
  public long write(Session session, RowSelection rows) throws SQLException, InterruptedException {
    if (rows instanceof KeyList list && !sql.keepsValues()) {
      OptionalLong whole = tryToRefresh(session, list, most(list));
      return whole.isPresent() ? whole.getAsLong() : writeInPieces(session, list);
    }
    for (Attempts attempts = new Attempts(session, rows, most(rows)); attempts.left(); ) {
      try {
        return attempts.made(session.transaction(attempts::write));
      } catch (SQLException e) {
        attempts.failed(e);
      }
    }
    return rows instanceof KeyRange range
        ? writeInPieces(session, range)
        : writeInPieces(session, (KeyList) rows);
  }

  private static int most(RowSelection rows) {
    return rows instanceof KeyList list && list.keys().size() <= 1 ? MOST_TRIES : TRIES_AS_A_WHOLE;
  }

  private long writeInPieces(Session session, KeyList list)
      throws SQLException, InterruptedException {
    List<RowKey> keys = list.keys();
    if (keys.size() <= 1) {
      throw inEachOthersWay(list);
    }
    int size = (keys.size() + PIECES - 1) / PIECES;
    long written = 0;
    for (int from = 0; from < keys.size(); from += size) {
      int to = Math.min(keys.size(), from + size);
      written += write(session, new KeyList(keys.subList(from, to)));
    }
    return written;
  }

  /**
   * Deletes what conflicts with rows, and writes them; what was deleted is to be applied after
   * them. So the work is no more than twice the rows: where writers swap values faster than we
   * replay, the rows in each other's way are in the end all that are pending. Empty when rows
   * conflicted with each try.
   */
  private OptionalLong tryToRefresh(Session session, KeyList list, int most)
      throws SQLException, InterruptedException {
    // Of all tries: a connection may be lost in a commit that the server has made.
    Set<RowKey> removed = new HashSet<>();
    for (int tries = 1; tries <= most; tries++) {
      try {
        long written = session.transaction(c -> refresh(c, list, removed));
        if (!removed.isEmpty()) {
          again.accept(Set.copyOf(removed));
        }
        return OptionalLong.of(written);
      } catch (SQLException e) {
        switch (driver.classify(e)) {
          case MISFIT -> throw misfit(session, list, e);
          case DUPLICATE -> {
            // Among the rows themselves, or with one that has come since we looked.
            if (tries == 1) {
              stopAtDuplicates(session, list, Set.of(), e);
            }
          }
          default -> throw e;
        }
      }
    }
    return OptionalLong.empty();
  }

  private long refresh(Connection c, KeyList list, Set<RowKey> removed) throws SQLException {
    RowSql.Batch batch = sql.read(c, list);
    Set<RowKey> inTheWay = batch.inTheWay();
    if (!inTheWay.isEmpty()) {
      // Two rows with one value in the source too would take turns in the ghost for ever.
      List<String> duplicates = sql.duplicates(c, list, inTheWay);
      if (!duplicates.isEmpty()) {
        throw forbidden(duplicates, null);
      }
      removed.addAll(inTheWay);
    }
    return batch.write(inTheWay);
  }

  /**
   * Tries once to make the ghost hold what the source holds of these rows.
   *
   * @return false when other rows stood in the way, or somebody had locked them; then nothing was
   *     written
   * @throws RowRejectedException if a row does not fit the new schema
   */
  public boolean attempt(Session session, RowSelection rows)
      throws SQLException, InterruptedException {
    try {
      session.runOnce(c -> sql.write(c, rows, Set.of()));
      return true;
    } catch (SQLException e) {
      ErrorClass errorClass = driver.classify(e);
      if (errorClass == ErrorClass.MISFIT) {
        throw misfit(session, rows, e);
      }
      if (errorClass == ErrorClass.DUPLICATE || errorClass.isTransient()) {
        LOG.debug("A batch is left to one worker, {}: {}", errorClass, Masked.of(e));
        return false;
      }
      throw e;
    }
  }

  /**
   * Writes a range as lists of keys. Rows that conflict with those of a list are deleted, so that
   * it takes one try, however stale the ghost is. A row that comes into the range meanwhile is
   * replayed, for the chunk is in flight.
   */
  private long writeInPieces(Session session, KeyRange range)
      throws SQLException, InterruptedException {
    long written = 0;
    KeyRange rest = range;
    while (true) {
      KeyRange from = rest;
      Optional<RowKey> to = session.transaction(c -> sql.boundary(c, from, PIECE));
      KeyRange piece = to.map(from::upTo).orElse(from);
      List<RowKey> keys = session.transaction(c -> sql.keys(c, piece, Integer.MAX_VALUE));
      if (!keys.isEmpty()) {
        written += write(session, new KeyList(keys));
      }
      if (to.isEmpty()) {
        return written;
      }
      rest = from.after(to.get());
    }
  }

  private StoppedException inEachOthersWay(KeyList row) {
    return new StoppedException(
        "Rows of %s kept standing in each other's way: %d tries did not bring one into %s: %s."
            .formatted(
                planned.names().source(),
                MOST_TRIES,
                planned.names().ghost(),
                planned.describe(row.keys().get(0))),
        "Run the command again when fewer rows swap their unique values.");
  }

  /** Attempts to write some rows as a whole, each with more of what stood in the way. */
  private final class Attempts {
    private final Session session;
    private final RowSelection rows;
    private final Set<RowKey> cleared = new HashSet<>();
    private int left;
    private int unexplained;

    /** Null before the first try. */
    private @Nullable Connection first;

    private boolean lost;

    Attempts(Session session, RowSelection rows, int most) {
      this.session = session;
      this.rows = rows;
      this.left = most;
    }

    boolean left() {
      return left-- > 0;
    }

    /**
     * Each time it is called, the server has rolled back what it did before, or the answer is lost.
     */
    long write(Connection c) throws SQLException {
      first = first == null ? c : first;
      lost |= c != first;
      if (lost && rows instanceof KeyRange range) {
        sql.clearUnanswered(c, range);
      }
      return sql.write(c, rows, cleared);
    }

    long made(long written) {
      if (!cleared.isEmpty()) {
        again.accept(Set.copyOf(cleared));
      }
      return written;
    }

    /** Prepares the next one, or throws what does not pass. */
    void failed(SQLException e) throws SQLException, InterruptedException {
      if (e instanceof RowSql.StaleException) {
        cleared.clear();
        return;
      }
      switch (driver.classify(e)) {
        case MISFIT -> throw misfit(session, rows, e);
        case DUPLICATE -> {
          unexplained = widen(session, rows, cleared) ? 0 : unexplained + 1;
          // What stood in the way may just have been applied by somebody else; only a duplicate
          // that one snapshot of the source has is real.
          if (unexplained >= CONVINCING) {
            stopAtDuplicates(session, rows, cleared, e);
          }
        }
        default -> throw e;
      }
    }
  }

  /**
   * Adds what conflicts to {@code cleared}, and what conflicts with that, and so on: to look is
   * cheaper than another try, which leaves dead rows behind. False when that was nothing new.
   */
  private boolean widen(Session session, RowSelection rows, Set<RowKey> cleared)
      throws SQLException, InterruptedException {
    boolean any = false;
    boolean more = true;
    for (int step = 0; more && step < LONGEST_CHAIN; step++) {
      more = cleared.addAll(session.transaction(c -> sql.inTheWay(c, rows, Set.copyOf(cleared))));
      any |= more;
    }
    return any;
  }

  /**
   * Throws with the source's rows that a unique key of the ghost forbids, if there are any by now.
   */
  public void refuseDuplicates(Session session, SQLException cause)
      throws SQLException, InterruptedException {
    List<String> duplicates =
        session.transaction(
            c -> {
              sql.readWholeTables(c);
              return sql.duplicates(c, KeyRange.ALL, Set.of());
            });
    if (!duplicates.isEmpty()) {
      throw forbidden(duplicates, cause);
    }
  }

  private void stopAtDuplicates(
      Session session, RowSelection rows, Set<RowKey> cleared, SQLException cause)
      throws SQLException, InterruptedException {
    List<String> duplicates = session.transaction(c -> sql.duplicates(c, rows, cleared));
    if (!duplicates.isEmpty()) {
      throw forbidden(duplicates, cause);
    }
  }

  private RowRejectedException forbidden(List<String> duplicates, @Nullable SQLException cause) {
    return new RowRejectedException(
        "Rows of %s have a value that a unique key of the new schema forbids%s:\n  %s"
            .formatted(
                planned.names().source(),
                cause == null ? "" : " (" + cause.getMessage() + ")",
                String.join("\n  ", duplicates)),
        "Make these rows differ, or leave the unique key out of the change; then run it again.",
        cause);
  }

  private RowRejectedException misfit(Session session, RowSelection rows, SQLException cause)
      throws SQLException, InterruptedException {
    List<RowKey> found =
        rows instanceof KeyRange range ? search(session, range) : search(session, (KeyList) rows);
    StringBuilder where = new StringBuilder();
    for (RowKey key : found) {
      where.append("\n  ").append(planned.describe(key));
    }
    return new RowRejectedException(
        "A row of %s does not fit the new schema: %s%s"
            .formatted(planned.names().source(), cause.getMessage(), where),
        "Change the row, or the new definition of the column; then run it again.",
        cause);
  }

  /**
   * The first row of a range that does not fit, by halving; nothing when it was changed meanwhile.
   */
  private List<RowKey> search(Session session, KeyRange range)
      throws SQLException, InterruptedException {
    KeyRange rest = range;
    long step = 1L << 17;
    while (step > 0) {
      KeyRange from = rest;
      long rows = step;
      Optional<RowKey> to = session.transaction(c -> sql.boundary(c, from, rows));
      if (to.isPresent() && fits(session, from.upTo(to.get()))) {
        rest = from.after(to.get());
      } else {
        step /= 2;
      }
    }
    // A cut can be coarser than one row: a page has a few hundred at the most.
    KeyRange last = rest;
    return search(session, new KeyList(session.transaction(c -> sql.keys(c, last, ROWS_OF_A_CUT))));
  }

  private List<RowKey> search(Session session, KeyList list) throws SQLException {
    for (RowKey key : list.keys()) {
      if (!fits(session, new KeyList(List.of(key)))) {
        return List.of(key);
      }
    }
    return List.of();
  }

  private boolean fits(Session session, RowSelection rows) throws SQLException {
    try {
      session.runAndRollback(c -> sql.write(c, rows, Set.of()));
      return true;
    } catch (SQLException e) {
      ErrorClass errorClass = driver.classify(e);
      if (errorClass == ErrorClass.DUPLICATE) {
        return true;
      }
      if (errorClass == ErrorClass.MISFIT) {
        return false;
      }
      throw e;
    }
  }
}
