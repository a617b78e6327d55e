package dev.ghost.cli;

import java.util.logging.LogManager;

/**
 * Keeps the log open to the end. The JDK closes it as soon as a signal comes, while the run that is
 * stopped by that signal still has much to log. Public, so that the JDK can make it.
 */
public final class LastingLog extends LogManager {

  /** Called by the JDK, when it begins. {@link LogFile} alone says what is logged, and where to. */
  @Override
  public void readConfiguration() {
    // Not the JDK's file either, and so it makes no handlers: the start is a tenth shorter.
  }

  /** Called by the JDK, when it begins to end. */
  @Override
  public void reset() {
    // Each line is written at once: there is nothing to save.
  }
}
