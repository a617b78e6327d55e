package dev.ghost.cli;

import dev.ghost.Ghost;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.SslMode;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the server is, and who we are there. */
final class ServerOptions {

  @Option(
      names = "--url",
      required = true,
      paramLabel = "URL",
      description =
          "Server: mysql:// or mariadb://user@host:3306/schema, or"
              + " postgresql://user@host:5432/database.")
  private String url;

  @SuppressWarnings("UnusedVariable") // read before all others, by Defaults
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Options that are not given come from here: lock-timeout = 2s")
  private @Nullable Path config;

  @Option(names = "--password-file", paramLabel = "FILE", description = "Holds the password.")
  private @Nullable Path passwordFile;

  @Option(names = "--ask-password", description = "Asks for the password on the terminal.")
  private boolean askPassword;

  @Option(
      names = "--ssl-mode",
      paramLabel = "MODE",
      description =
          "DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY. Default: as the URL says.")
  private @Nullable SslMode sslMode;

  @Option(
      names = "--ssl-ca",
      paramLabel = "FILE",
      description = "The authorities that are trusted, in PEM form.")
  private @Nullable Path sslCa;

  /** Names the server, by the options and by the usual places. */
  Ghost connect() {
    DefaultCredentials usual = DefaultCredentials.of(url);
    Ghost ghost =
        Ghost.connect(url)
            .password(Password.find(passwordFile, askPassword).orElse(usual.password()));
    if (sslMode != null) {
      ghost = ghost.sslMode(sslMode);
    }
    if (sslCa != null) {
      ghost = ghost.sslCa(sslCa);
    }
    return ServerAddress.parse(url).user().isEmpty() && !usual.user().isEmpty()
        ? ghost.user(usual.user())
        : ghost;
  }
}
