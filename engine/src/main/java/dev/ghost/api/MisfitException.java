package dev.ghost.api;

/** Rows of the source do not fit the new schema; the message names them. */
public final class MisfitException extends GhostException {

  private static final long serialVersionUID = 1L;

  public MisfitException(String what, String remedy) {
    this(what, remedy, null);
  }

  public MisfitException(String what, String remedy, Throwable cause) {
    super(what, remedy, cause);
  }
}
