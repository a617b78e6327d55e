package dev.ghost.internal.request;

import static java.util.Comparator.comparingInt;
import static java.util.Comparator.naturalOrder;

import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Finds the names that somebody may have meant who wrote one that does not exist. */
final class NearestNames {

  /** How many are told. */
  private static final int MOST = 3;

  /** More letters than that are never wrong, in however long a name. */
  private static final int MOST_WRONG = 3;

  private NearestNames() {}

  /** Returns those that differ in no more than a third of their letters, the nearest first. */
  static List<String> to(String wanted, Collection<String> existing) {
    int allowed = Math.max(1, Math.min(MOST_WRONG, wanted.length() / 3));
    return existing.stream()
        .filter(name -> distance(wanted, name) <= allowed)
        .sorted(comparingInt((String name) -> distance(wanted, name)).thenComparing(naturalOrder()))
        .limit(MOST)
        .toList();
  }

  /**
   * Counts the letters to be inserted, removed, replaced, or exchanged with their neighbour; upper
   * and lower case are the same.
   */
  static int distance(String one, String other) {
    String a = one.toLowerCase(Locale.ROOT);
    String b = other.toLowerCase(Locale.ROOT);
    int[][] steps = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          steps[i][j] = i + j;
          continue;
        }
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int least = Math.min(steps[i - 1][j], steps[i][j - 1]) + 1;
        least = Math.min(least, steps[i - 1][j - 1] + (same ? 0 : 1));
        boolean exchanged =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        steps[i][j] = exchanged ? Math.min(least, steps[i - 2][j - 2] + 1) : least;
      }
    }
    return steps[a.length()][b.length()];
  }
}
