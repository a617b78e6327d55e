package dev.ghost.migration;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.checkpoint.CommandRecord;
import dev.ghost.checkpoint.StatusNote;
import dev.ghost.dialect.Artifacts;
import dev.ghost.dialect.Journal;
import dev.ghost.dialect.Journal.EntryKind;
import dev.ghost.request.TableName;
import dev.ghost.session.Server;
import dev.ghost.session.Session;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The migrations that run, or were interrupted, as other processes see and steer them. */
public final class RunningMigrations {

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final long LOOK_MILLIS = 100;
  private static final int MOST_LOOKS = 5;

  private final Server server;

  public RunningMigrations(Server server) {
    this.server = server;
  }

  /** All that the server knows of, by table. */
  public List<MigrationStatus> status() {
    return asked(
        session -> {
          for (int look = 1; ; look++) {
            try {
              return status(session);
            } catch (SQLException e) {
              // A run has ended, and taken its journal with it, while we were reading.
              if (!server.driver().classify(e).missing() || look == MOST_LOOKS) {
                throw e;
              }
            }
          }
        });
  }

  private List<MigrationStatus> status(Session session) throws SQLException, InterruptedException {
    List<MigrationStatus> all = new ArrayList<>();
    for (TableName table : session.transaction(server.dialect()::migrations)) {
      all.add(session.transaction(c -> status(c, table)));
    }
    return all;
  }

  private MigrationStatus status(Connection c, TableName table) throws SQLException {
    Artifacts artifacts = server.dialect().artifacts(table);
    Journal journal = artifacts.journal();
    return StatusNote.of(journal.read(c, EntryKind.STATUS).orElse(""))
        .status(
            table.toString(), journal.read(c, EntryKind.REQUEST).orElse(""), artifacts.running(c));
  }

  /**
   * Sends a command to the run on a table, and waits for its answer.
   *
   * @return its answer, for people
   * @throws RefusedException if no run is there to take it, or it cannot be taken
   */
  public String send(TableName table, ControlCommand command) {
    return tell(table, command)
        .or(() -> ending(command))
        .orElseThrow(
            () ->
                new RefusedException(
                    "The migration of %s ended before it could answer.".formatted(table),
                    "Its own report says how it ended; ghost status lists those that run."));
  }

  /** The run may end, and drop its journal, before its answer is read. */
  private static Optional<String> ending(ControlCommand command) {
    return switch (command.kind()) {
      case CANCEL -> Optional.of("It has ended.");
      case CUTOVER -> Optional.of("It has ended; its own report says how.");
      default -> Optional.empty();
    };
  }

  /**
   * The same; empty when the run has ended meanwhile, and taken its answer with it.
   *
   * @throws RefusedException as {@link #send} does
   */
  Optional<String> tell(TableName table, ControlCommand command) {
    return asked(
        session -> {
          Artifacts artifacts = server.dialect().artifacts(table);
          refuseNobody(session, table, artifacts);
          CommandRecord note =
              new CommandRecord(command, CommandLoop.whoami(), CommandLoop.now().toString());
          Optional<CommandRecord> answered = told(session, table, artifacts, note);
          if (answered.filter(a -> !a.taken()).isPresent()) {
            throw new RefusedException(answered.get().answer(), "");
          }
          return answered.map(CommandRecord::answer);
        });
  }

  private static void refuseNobody(Session session, TableName table, Artifacts artifacts)
      throws SQLException, InterruptedException {
    if (!session.transaction(artifacts.journal()::exists)) {
      throw new RefusedException(
          "No migration of %s is known here.".formatted(table),
          "ghost status lists those that are.");
    }
    if (!session.transaction(artifacts::running)) {
      throw new RefusedException(
          "The migration of %s was interrupted; no process is there to take a command."
              .formatted(table),
          "The same ghost alter continues with it; ghost cleanup --table %s removes what it left."
              .formatted(table.table()));
    }
  }

  private Optional<CommandRecord> told(
      Session session, TableName table, Artifacts artifacts, CommandRecord note)
      throws SQLException, InterruptedException {
    try {
      long number = session.transaction(c -> artifacts.journal().send(c, note.text()));
      return Optional.of(CommandRecord.of(awaitAnswer(session, table, artifacts, number)));
    } catch (SQLException e) {
      // The run is over, and its journal gone with it; that can be between any two statements.
      if (!server.driver().classify(e).missing()) {
        throw e;
      }
      return Optional.empty();
    }
  }

  private static String awaitAnswer(
      Session session, TableName table, Artifacts artifacts, long number)
      throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + ANSWER_LIMIT.toNanos();
    while (true) {
      Optional<String> answer = session.transaction(c -> artifacts.journal().answerTo(c, number));
      if (answer.isPresent()) {
        return answer.get();
      }
      if (System.nanoTime() - deadline > 0) {
        throw new StoppedException(
            "The run on %s has not answered within %d s."
                .formatted(table, ANSWER_LIMIT.toSeconds()),
            "It takes the command when it comes to look; see ghost status.");
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private <T> T asked(AdminOperation.Work<T> question) {
    return new AdminOperation(server, "information_schema", "The question").run(question);
  }
}
