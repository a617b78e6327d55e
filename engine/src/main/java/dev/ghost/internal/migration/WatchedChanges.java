package dev.ghost.internal.migration;

import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.change.PreparedChanges;
import dev.ghost.internal.function.Task;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.verify.Verifier;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/** What verification needs to know of the changes. Used by the run's own thread only. */
record WatchedChanges(
    PendingKeys pending, PreparedChanges prepared, KeyOrder order, Task settleAll, Task awaitMarker)
    implements Verifier.Changes {

  @Override
  public Verifier.Seen settleAndWatch(Collection<RowKey> keys)
      throws SQLException, InterruptedException {
    // By partition, because a collation can make keys equal that look different to us.
    Set<Integer> partitions = partitions(keys);
    PendingKeys.Watch watch = pending.watch(k -> partitions.contains(order.partition(k)));
    settleAll.run();
    return new Verifier.Seen() {
      @Override
      public Predicate<RowKey> untilNow() throws SQLException, InterruptedException {
        awaitMarker.run();
        if (watch.cascaded()) {
          // Nothing is judged in this round. What never comes to rest is compared under the lock.
          return k -> true;
        }
        // What is prepared can be committed at any moment, and no event will say so.
        Set<RowKey> seen = new HashSet<>(prepared.keys());
        seen.addAll(watch.seen());
        if (order.total()) {
          return seen::contains;
        }
        Set<Integer> changed = partitions(seen);
        return k -> changed.contains(order.partition(k));
      }

      @Override
      public void close() {
        watch.close();
      }
    };
  }

  private Set<Integer> partitions(Collection<RowKey> keys) {
    Set<Integer> partitions = new HashSet<>();
    keys.forEach(k -> partitions.add(order.partition(k)));
    return partitions;
  }
}
