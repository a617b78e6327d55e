package dev.ghost.internal.copy;

import dev.ghost.internal.copy.Frontier.Chunk;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies chunks until none is left. {@link #run} is called by several threads at once. */
public final class Copier {

  private static final Logger LOG = LoggerFactory.getLogger(Copier.class);

  /** What the copy has to ask before a chunk, and to tell after it. */
  public interface Pacing {
    /** Passes the fence: all changes whose keys have arrived are visible afterwards. */
    void fence(Session session) throws SQLException, InterruptedException;

    /** A chunk has committed. */
    void chunkFinished();

    /**
     * Rests, when the server needs it, or when the replay has fallen behind and goes first.
     *
     * @param rows of the last chunk
     * @param took how long it took
     * @param over true when there is nothing left to wait for
     */
    void giveWay(long rows, Duration took, BooleanSupplier over) throws InterruptedException;
  }

  private final Chunker chunker;
  private final ChunkSize size;
  private final Frontier frontier;
  private final RowWriter writer;
  private final IntFunction<Pacing> pacing;
  private final LongAdder rowsCopied = new LongAdder();

  /**
   * @param pacing made for each thread, by its number
   */
  public Copier(
      RowSql sql, ChunkSize size, Frontier frontier, RowWriter writer, IntFunction<Pacing> pacing) {
    this.chunker = new Chunker(sql, size, frontier.finished());
    this.size = size;
    this.frontier = frontier;
    this.writer = writer;
    this.pacing = pacing;
  }

  /**
   * Copies until every range is taken and this thread's last one has committed.
   *
   * @param worker the thread's number, from 0
   * @param session of this thread
   */
  public void run(int worker, Session session) throws SQLException, InterruptedException {
    Pacing traffic = pacing.apply(worker);
    traffic.giveWay(0, Duration.ZERO, chunker::ended);
    while (true) {
      // In flight first, then the fence, then the SELECT: the order is what makes it right.
      Optional<Chunk> chunk = chunker.next(session, frontier::start);
      if (chunk.isEmpty()) {
        return;
      }
      traffic.fence(session);
      long begun = System.nanoTime();
      long rows = writer.write(session, chunk.get().range());
      Duration took = Duration.ofNanos(System.nanoTime() - begun);
      frontier.finish(chunk.get());
      traffic.chunkFinished();
      rowsCopied.add(rows);
      size.took(rows, took);
      LOG.trace("A chunk of {} rows took {} ms", rows, took.toMillis());
      traffic.giveWay(rows, took, chunker::ended);
    }
  }

  /** True when there is work for several threads. */
  public boolean divides() {
    return chunker.divides();
  }

  /** Rows that this run has copied. */
  public long rowsCopied() {
    return rowsCopied.sum();
  }
}
