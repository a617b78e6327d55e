package dev.ghost.internal.copy;

import dev.ghost.internal.dialect.ChunkBoundaries;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.session.Session;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the key's order into ranges, from the beginning to the end, without gaps. Thread-safe: one
 * caller at a time.
 */
public final class Chunker {

  private final ChunkBoundaries chunks;
  private final ChunkSize size;
  private @Nullable RowKey last;
  private boolean ended;
  private boolean taken;

  /**
   * @param done what needs no ranges any more
   */
  public Chunker(ChunkBoundaries chunks, ChunkSize size, CompletedRange done) {
    this.chunks = chunks;
    this.size = size;
    this.last = done.upTo();
    this.ended = done.whole();
  }

  /** True when all ranges are taken. */
  public synchronized boolean ended() {
    return ended;
  }

  /** True when a range is taken and more are left: there is work for several callers. */
  public synchronized boolean divides() {
    return taken && !ended;
  }

  /**
   * Takes the next range.
   *
   * @param start called with the range before any other caller gets the one after it
   * @return what {@code start} made of it; empty when all ranges are taken
   */
  public synchronized <T> Optional<T> next(Session session, Function<KeyRange, T> start)
      throws SQLException, InterruptedException {
    if (ended) {
      return Optional.empty();
    }
    KeyRange rest = new KeyRange(last, null);
    Optional<RowKey> boundary = session.transaction(c -> chunks.boundary(c, rest, size.rows()));
    KeyRange range = rest.upTo(boundary.orElse(null));
    T begun = start.apply(range);
    last = range.upTo();
    ended = last == null;
    taken = true;
    return Optional.of(begun);
  }
}
