package dev.ghost.migration;

import dev.ghost.change.Marker;
import dev.ghost.change.PendingKeys;
import dev.ghost.copy.Copier;
import dev.ghost.session.Session;
import dev.ghost.throttle.Throttle;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Copy and replay side by side. Used by one copying thread.
 *
 * @param worker the thread's number, from 0
 */
record CopyPacing(int worker, Marker.Fence fence, PendingKeys pending, Throttle throttle)
    implements Copier.Pacing {

  @Override
  public void fence(Session session) throws SQLException, InterruptedException {
    fence.pass(session);
  }

  @Override
  public void chunkFinished() {
    pending.chunkFinished();
  }

  @Override
  public void giveWay(long rows, Duration took, BooleanSupplier over) throws InterruptedException {
    throttle.await(worker, rows, took, over);
    // The fuller the set of pending keys, the longer the pause: up to nine times as long as the
    // chunk took, so that the copy always keeps a tenth of its pace and always ends.
    double fullness = pending.fullness();
    if (fullness > 0.1) {
      Thread.sleep((long) (took.toMillis() * 9 * fullness));
    }
  }
}
