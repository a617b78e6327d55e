package dev.ghost.api;

import org.jspecify.annotations.Nullable;

/** The server refused the login, or could not prove that it is the one that was asked for. */
public final class LoginException extends GhostException {

  private static final long serialVersionUID = 1L;

  public LoginException(String what, String remedy) {
    this(what, remedy, null);
  }

  public LoginException(String what, String remedy, @Nullable Throwable cause) {
    super(ExitCode.LOGIN_REFUSED, what, remedy, cause, true);
  }
}
