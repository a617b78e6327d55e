package dev.ghost.api;

import java.util.Optional;

/**
 * What a part of a change means for the application while old and new code run side by side.
 *
 * @param what the part, for people
 * @param advice how to get there safely; empty where nothing needs care
 */
public record Effect(Kind kind, String what, Optional<String> advice) {

  /** How much care it needs, the least first. */
  public enum Kind {
    /** Old code keeps working. */
    EXPAND,
    /** Only after the code that relies on what goes, or violates what comes, is gone. */
    CONTRACT,
    /** No order of deploying works: old code or new code fails. */
    BREAKING
  }
}
