package dev.ghost.migration;

import dev.ghost.change.Marker;
import dev.ghost.change.PendingKeys;
import dev.ghost.copy.Copier;
import dev.ghost.session.Session;
import dev.ghost.throttle.Throttle;
import java.sql.SQLException;
import java.time.Duration;

/** Copy and replay side by side. Thread-safe. */
final class CopyTraffic implements Copier.Traffic {

  private final PendingKeys pending;
  private final Throttle throttle;
  private final ThreadLocal<Marker.Fence> fence;

  CopyTraffic(Marker marker, PendingKeys pending, Throttle throttle) {
    this.pending = pending;
    this.throttle = throttle;
    this.fence = ThreadLocal.withInitial(marker::fence);
  }

  @Override
  public void fence(Session session) throws SQLException, InterruptedException {
    fence.get().pass(session);
  }

  @Override
  public void chunkFinished() {
    pending.chunkFinished();
  }

  @Override
  public void giveWay(Duration chunkTime) throws InterruptedException {
    throttle.await(chunkTime);
    // The fuller the set of pending keys, the longer the pause: up to nine times as long as the
    // chunk took, so that the copy always keeps a tenth of its pace and always ends.
    double fullness = pending.fullness();
    if (fullness > 0.1) {
      Thread.sleep((long) (chunkTime.toMillis() * 9 * fullness));
    }
  }
}
