package dev.ghost.cli;

import java.io.PrintWriter;
import java.util.List;

/** A few lines at the bottom of a terminal that are written over again and again. */
final class LiveRegion {

  private static final String ERASE_LINE = "\033[2K";
  private static final String LINE_UP = "\033[1A";

  private final PrintWriter terminal;
  private final int columns = Integer.getInteger("ghost.columns", 80);
  private int shown;

  LiveRegion(PrintWriter terminal) {
    this.terminal = terminal;
  }

  int columns() {
    return columns;
  }

  void show(String... lines) {
    erase();
    for (String line : List.of(lines)) {
      // A line that wraps could not be taken back.
      terminal.println(line.length() < columns ? line : line.substring(0, columns - 1));
    }
    shown = lines.length;
    terminal.flush();
  }

  /** Prints something that stays, above the region. */
  void print(String text) {
    erase();
    terminal.println(text);
    terminal.flush();
  }

  void clear() {
    erase();
    terminal.flush();
  }

  private void erase() {
    for (int i = 0; i < shown; i++) {
      terminal.print(LINE_UP + ERASE_LINE);
    }
    terminal.print("\r");
    shown = 0;
  }
}
