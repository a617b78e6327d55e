package dev.ghost.api;

/** Anything else that stopped the migration: the server, the network, the disk, or a bug. */
public final class MigrationException extends GhostException {

  private static final long serialVersionUID = 1L;

  public MigrationException(String what, String remedy) {
    this(what, remedy, null);
  }

  public MigrationException(String what, String remedy, Throwable cause) {
    super(what, remedy, cause);
  }
}
