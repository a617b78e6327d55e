package dev.ghost.api;

/** Who is to make the change. */
public enum Strategy {
  /** The server itself where it can without a copy and without keeping the application waiting. */
  AUTO,
  /** The server itself, or nobody. */
  DIRECT,
  /** A ghost, whatever the server could do. */
  GHOST
}
