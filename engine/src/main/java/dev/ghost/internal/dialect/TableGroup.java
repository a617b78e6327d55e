package dev.ghost.internal.dialect;

/**
 * The table of one migration, or those of several that follow one change stream and are swapped at
 * the same moment. Immutable; {@link Dialect#group} hands it out.
 */
public interface TableGroup {

  /**
   * Refuses tables of which each could be swapped, but not all at the same moment.
   *
   * @throws dev.ghost.api.RefusedException with the reason and the way out
   */
  default void refuseTogether() {}

  /** Returns how the change stream of all of them is set up. */
  StreamSpec stream();

  /** Returns a new try at the cutover of all of them. */
  Swap swap();
}
