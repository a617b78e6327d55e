package dev.ghost.internal.change;

import dev.ghost.internal.log.Masked;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Logs for how long a stream is interrupted. Thread-safe. */
final class Outage {

  private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

  /** One that lasts for so long may not pass by itself. */
  private static final Duration LONG = Duration.ofSeconds(10);

  // Guarded by this.
  private boolean gone;
  private long since;

  /**
   * The stream is about to be begun again.
   *
   * @param restart the number of restarts in a row
   * @param why it has ended
   */
  synchronized void restarts(int restart, String why) {
    if (!gone) {
      gone = true;
      since = System.nanoTime();
      LOG.info("The change stream is interrupted, and begun again: {}", Masked.told(why));
    }
    Duration lasting = lasting();
    LOG.atLevel(lasting.compareTo(LONG) < 0 ? Level.DEBUG : Level.WARN)
        .log(
            "Restart {} of the change stream, which has been gone for {} ms: {}",
            restart,
            lasting.toMillis(),
            Masked.told(why));
  }

  /** The stream brings something. */
  synchronized void over() {
    if (gone) {
      gone = false;
      LOG.info("The change stream is back after {} ms", lasting().toMillis());
    }
  }

  private Duration lasting() {
    return Duration.ofNanos(System.nanoTime() - since);
  }
}
