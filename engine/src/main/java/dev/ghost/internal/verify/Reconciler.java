package dev.ghost.internal.verify;

import dev.ghost.internal.copy.ChunkSize;
import dev.ghost.internal.copy.Chunker;
import dev.ghost.internal.copy.Frontier;
import dev.ghost.internal.copy.Frontier.Chunk;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/**
 * Finds, chunk by chunk, the rows in which a ghost that is filled already differs from the source;
 * anyone who applies changes applies these as well. The change stream runs meanwhile: a difference
 * that a change explains is applied once more, which is harmless. {@link #run} is called by several
 * threads at once, each with a session of its own.
 */
public final class Reconciler {

  /** Keys that are looked for in one statement; where there are more, they are applied first. */
  private static final int MOST = 50_000;

  private final VerifySql sql;
  private final Chunker chunker;
  private final Frontier frontier;
  private final ChunkSize size;
  private final Suspects suspects;
  private final LongAdder rows = new LongAdder();

  /** Takes the keys that differ; waits while there is no room for them. */
  @FunctionalInterface
  public interface Suspects {
    void differ(List<RowKey> keys) throws SQLException, InterruptedException;
  }

  /** What one look at a chunk has found. */
  private record Look(long rows, List<RowKey> differing) {}

  public Reconciler(PlannedMigration planned, ChunkSize size, Suspects suspects) {
    this.sql = planned.verify();
    this.size = size;
    this.suspects = suspects;
    this.frontier = new Frontier(planned.order());
    this.chunker = new Chunker(sql, size, CompletedRange.NOTHING);
  }

  /** Looks until every range is taken. */
  public void run(Session session, Verifier.GiveWay giveWay)
      throws SQLException, InterruptedException {
    long seen = 0;
    Duration took = Duration.ZERO;
    while (true) {
      giveWay.await(seen, took, chunker::ended);
      Optional<Chunk> chunk = chunker.next(session, frontier::start);
      if (chunk.isEmpty()) {
        return;
      }
      long begun = System.nanoTime();
      Look look = session.transaction(c -> look(c, chunk.get().range()));
      frontier.finish(chunk.get());
      seen = look.rows();
      rows.add(seen);
      took = Duration.ofNanos(System.nanoTime() - begun);
      size.took(seen, took);
      suspects.differ(look.differing());
      while (look.differing().size() >= MOST) {
        giveWay.awaitWithin();
        look = session.transaction(c -> look(c, chunk.get().range()));
        suspects.differ(look.differing());
      }
      if (chunk.get().range().upTo() == null) {
        strays(session, giveWay);
      }
    }
  }

  private Look look(Connection c, KeyRange range) throws SQLException {
    sql.openSnapshot(c, range);
    VerifySql.Comparison compared = sql.compare(c, range);
    return new Look(compared.rows(), compared.equal() ? List.of() : sql.differing(c, range, MOST));
  }

  /** Rows that the source no longer has, where no range of it shows them. */
  private void strays(Session session, Verifier.GiveWay giveWay)
      throws SQLException, InterruptedException {
    List<RowKey> strays;
    do {
      strays =
          session.transaction(
              c -> {
                sql.openSnapshot(c, KeyList.NONE);
                return sql.strays(c, MOST);
              });
      suspects.differ(strays);
      giveWay.awaitWithin();
    } while (strays.size() >= MOST);
  }

  /** True when there is work for several threads. */
  public boolean divides() {
    return chunker.divides();
  }

  /** Rows of the source that have been looked at. */
  public long rows() {
    return rows.sum();
  }
}
