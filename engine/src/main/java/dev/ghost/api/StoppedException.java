package dev.ghost.api;

/**
 * The migration has stopped because of something that can pass: a lost connection, a server beyond
 * its critical load, a full disk. Where rows had been copied they are kept, and the same migration,
 * run again, goes on where this one ended.
 */
public final class StoppedException extends GhostException {

  private static final long serialVersionUID = 1L;

  public StoppedException(String what, String remedy) {
    this(what, remedy, null);
  }

  public StoppedException(String what, String remedy, Throwable cause) {
    super(what, remedy, cause);
  }
}
