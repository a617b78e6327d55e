package dev.ghost.internal.thread;

/**
 * Holds a thread between two pieces of its work until it is closed, by the thread that asked for
 * it.
 */
@FunctionalInterface
public interface Pause extends AutoCloseable {

  /** Lets the held thread continue. */
  @Override
  void close();
}
