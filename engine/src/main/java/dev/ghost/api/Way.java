package dev.ghost.api;

/** How a change is made, the cheapest first. */
public enum Way {
  /** The table is already like that, or the change is for what is not there, IF EXISTS. */
  NOTHING,
  /** The server changes its catalog only: a lock for a moment, whatever the table's size. */
  METADATA,
  /** The server works through the table while the application continues. */
  IN_PLACE,
  /** A ghost is filled, kept in step and swapped in. */
  GHOST,
  /** The retired table is brought up to date, kept in step and swapped back. */
  REVERT
}
