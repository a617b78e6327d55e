package dev.ghost.internal.log;

import org.slf4j.Logger;

/** Logs the steps of something that is done in a row, each with its milliseconds. */
public final class Steps {

  private final Logger log;
  private final String what;
  private final long begun = System.nanoTime();
  private long last = begun;

  /**
   * @param what all of it, to begin each line with
   */
  public Steps(Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  /** Logs at INFO that a step is done, and how long it took. */
  public void done(String step) {
    long now = System.nanoTime();
    log.info("{}: {}, after {} ms", what, step, (now - last) / 1_000_000);
    last = now;
  }

  /** Logs at INFO that the last step is done, and how long all of them took. */
  public void end(String step) {
    done(step);
    log.info("{}: over, {} ms in all", what, (last - begun) / 1_000_000);
  }
}
