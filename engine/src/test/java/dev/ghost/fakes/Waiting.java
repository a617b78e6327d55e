package dev.ghost.fakes;

import java.util.Arrays;

/** Tells what threads wait for, so that a test need not guess how long they take to come there. */
public final class Waiting {

  private Waiting() {}

  /** True when some thread is within this method. */
  public static boolean at(Class<?> type, String method) {
    return Thread.getAllStackTraces().values().stream()
        .flatMap(Arrays::stream)
        .anyMatch(
            frame ->
                frame.getMethodName().equals(method)
                    && frame.getClassName().equals(type.getName()));
  }
}
