package dev.ghost.session;

import java.sql.SQLException;

/** What drivers and pools say of a failure, with what is at the bottom of it. */
public final class Cause {

  private static final int DEEPEST = 20;

  private Cause() {}

  /** For people: a pool or a driver may only say that there was no connection. */
  public static String of(SQLException failure) {
    Throwable root = failure;
    for (int depth = 0; depth < DEEPEST && root.getCause() != null; depth++) {
      root = root.getCause();
    }
    String said = String.valueOf(failure.getMessage()).strip();
    String below = String.valueOf(root.getMessage()).strip();
    return said.contains(below) ? said : said + ": " + below;
  }
}
