package dev.ghost.internal.change;

/** While it is open, anyone who gave it does nothing. */
@FunctionalInterface
public interface Pause extends AutoCloseable {
  @Override
  void close();
}
