package dev.ghost.internal.change;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far in the log each of several streams needs nothing again; the server may forget what none
 * of them needs. Thread-safe.
 */
final class Confirmations {

  private final Set<ChangeStream> streams;
  private final Map<ChangeStream, Feed.Position> confirmed = new HashMap<>();
  private Feed.@Nullable Position last;

  Confirmations(List<ChangeStream> streams) {
    this.streams = new HashSet<>(streams);
  }

  synchronized void confirm(ChangeStream stream, Feed.Position position) {
    confirmed.put(stream, position);
  }

  /** The stream needs nothing any more. */
  synchronized void leave(ChangeStream stream) {
    streams.remove(stream);
    confirmed.remove(stream);
  }

  /** The position that no stream needs anything before, when it is another than last time. */
  synchronized Optional<Feed.Position> take() {
    if (!confirmed.keySet().equals(streams)) {
      return Optional.empty();
    }
    Optional<Feed.Position> least =
        confirmed.values().stream()
            .min(Comparator.comparingLong(Feed.Position::number))
            .filter(p -> p != last);
    last = least.orElse(last);
    return least;
  }
}
