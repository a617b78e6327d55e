package dev.ghost.cli;

import java.util.logging.Level;

/** How much goes into the log, in SLF4J's words. */
enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE;

  /** Says it in the words of java.util.logging, by which the log is written. */
  Level level() {
    return switch (this) {
      case ERROR -> Level.SEVERE;
      case WARN -> Level.WARNING;
      case INFO -> Level.INFO;
      case DEBUG -> Level.FINE;
      case TRACE -> Level.FINEST;
    };
  }

  /** Returns the same level, but INFO in place of those that say more. */
  LogLevel atMostInfo() {
    return compareTo(INFO) < 0 ? this : INFO;
  }

  /** Returns the level of an event, also of one that is logged without SLF4J. */
  static LogLevel of(Level level) {
    for (LogLevel known : values()) {
      if (level.intValue() >= known.level().intValue()) {
        return known;
      }
    }
    return TRACE;
  }
}
