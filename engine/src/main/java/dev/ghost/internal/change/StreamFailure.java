package dev.ghost.internal.change;

import dev.ghost.api.GhostException;
import dev.ghost.api.InterferenceException;
import dev.ghost.api.MigrationException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.session.ServerErrors;
import dev.ghost.internal.session.SqlErrors;
import io.debezium.text.ParsingException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/** Turns what Debezium says of a stream that has ended into what users are told. */
record StreamFailure(StreamSpec spec) {

  private static final String UNCHANGED = "Nothing was changed.";

  /** In the words of Debezium, of MySQL and MariaDB by position, and of both by GTID. */
  private static final List<String> GONE =
      List.of("no longer available on the server", "Could not find first log file name", "purged");

  /**
   * Tells why the stream has ended. What our own reader has to say is said as it is.
   *
   * @param message what Debezium says of it; null where it says nothing
   * @param error what it gives as the reason; null where it gives none
   */
  GhostException told(@Nullable String message, @Nullable Throwable error) {
    Optional<GhostException> own =
        SqlErrors.first(error, GhostException.class::isInstance).map(GhostException.class::cast);
    if (own.isPresent()) {
      return own.get();
    }
    String said =
        SqlErrors.lowest(error)
            .map(e -> String.valueOf(e.getMessage()))
            .orElse(String.valueOf(message));
    if (GONE.stream().anyMatch(said::contains)) {
      return new InterferenceException(
          "The change stream cannot go on: the log that it would have to read next is gone. A"
              + " replication slot was dropped, or binary logs were purged.",
          "Nothing was changed. Run the command again: the copy starts from the beginning, because"
              + " what the application has written meanwhile is not known.",
          error);
    }
    Throwable cause = error == null ? new IOException(said) : error;
    if (SqlErrors.untrusted(error) || SqlErrors.isAboutCertificates(String.valueOf(message))) {
      return ServerErrors.login("The server of the change stream", UNCHANGED, cause);
    }
    String what = "The change stream stopped: " + said;
    return switch (spec.classify(error)) {
      case LOGIN -> ServerErrors.login("The server of the change stream", UNCHANGED, cause);
      case DENIED ->
          new InterferenceException(
              what,
              "Nothing was changed. A privilege was taken away during the run: grant it again, and"
                  + " run the same command again.",
              error,
              true);
      default ->
          SqlErrors.first(error, StreamFailure::recurs).isPresent()
              ? new MigrationException(
                  what, "Nothing was changed. Please report this as a bug.", error)
              : new StoppedException(
                  what, "Nothing was changed. Run the same command again: it continues.", error);
    };
  }

  /** True when the log can be read again from where it ended: only a connection was lost. */
  boolean isTransient(@Nullable String message, @Nullable Throwable error) {
    return told(message, error) instanceof StoppedException
        && SqlErrors.first(error, GhostException.class::isInstance).isEmpty();
  }

  /** An event that Debezium cannot read is no other when it is read again. */
  private static boolean recurs(Throwable e) {
    return e instanceof DataException
        || e instanceof ParsingException
        || e instanceof ClassCastException
        || e instanceof IndexOutOfBoundsException;
  }
}
