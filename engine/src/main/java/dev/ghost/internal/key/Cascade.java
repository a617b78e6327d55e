package dev.ghost.internal.key;

/**
 * A change of a row to which rows of the source refer, where the server changes these with it (ON
 * DELETE CASCADE and the like) and logs nothing of that. Which rows they were has to be found out.
 *
 * @param foreignKey by its number among those of the source that act like this
 * @param before true for what the rows referred to before the change: the ghost's rows that do so
 *     still are out of date; false for what rows of the source refer to since the change
 * @param parent the values that were, or are, referred to
 */
public record Cascade(int foreignKey, boolean before, RowKey parent) {

  /** A generous estimate of the heap that it takes in a set, in bytes. */
  public int weight() {
    return 48 + parent.weight();
  }
}
