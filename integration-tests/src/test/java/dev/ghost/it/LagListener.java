package dev.ghost.it;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.Progress;

/** Has a replica fall behind at the first report, and catch up once the copy is held for it. */
final class LagListener implements MigrationListener {

  private final PausingListener.Step stop;
  private final PausingListener.Step start;
  private boolean stopped;
  private boolean held;

  LagListener(PausingListener.Step stop, PausingListener.Step start) {
    this.stop = stop;
    this.start = start;
  }

  /** True when the copy was held for it. */
  boolean held() {
    return held;
  }

  @Override
  public void progress(Progress p) {
    try {
      if (!stopped) {
        stopped = true;
        stop.run();
      } else if (p.throttled().orElse("").contains("behind") && !held) {
        held = true;
        start.run();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
