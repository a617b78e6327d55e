package dev.ghost.internal.migration;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.RefusedException;
import dev.ghost.api.StoppedException;
import dev.ghost.internal.checkpoint.CommandRecord;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.storage.StoredJson;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Does what is asked beside the runs: tells what runs, sends commands to a run, removes what one
 * has left, and drops retired tables.
 */
public record AdminCommands(Server server) {

  private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);
  private static final long LOOK_MILLIS = 100;
  private static final int MOST_LOOKS = 5;

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
    return journal
        .read(c, EntryKind.STATUS)
        .filter(text -> !text.isEmpty())
        .map(text -> StoredJson.readForPeople(text, MigrationStatus.class))
        .orElse(MigrationStatus.UNKNOWN)
        .of(table.toString(), journal.read(c, EntryKind.REQUEST).orElse(""), artifacts.running(c));
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

  private <T> T asked(Server.Work<T> question) {
    return server.run("information_schema", "The question", question);
  }

  /**
   * Removes what remains of a run on a table.
   *
   * @return what was removed, a line each
   * @throws RefusedException if a run is working on the table
   */
  public List<String> cleanUp(TableName table) {
    Artifacts artifacts = server.dialect().artifacts(table);
    return server.run(
        table.schema(),
        "The cleaning up",
        own -> {
          if (!own.runOnce(artifacts::lockRun)) {
            throw new RefusedException(
                "A run of ghost is working on " + table + ".", "Wait for it, or stop it.");
          }
          List<String> found = own.transaction(artifacts::found);
          own.execute(artifacts::clean);
          return found;
        });
  }

  /**
   * Drops retired tables.
   *
   * @param source of that table only
   * @param olderThan retired longer ago than that
   * @param inSlices deletes the rows before, in small transactions
   * @param dryRun only tells
   * @return what was dropped, or would be, a line each
   * @throws StoppedException if one of them is in use; those before it are dropped
   * @throws RefusedException if something else stands against it
   */
  public List<String> dropRetired(
      Optional<TableName> source, Duration olderThan, boolean inSlices, boolean dryRun) {
    String schema = source.map(TableName::schema).orElse("information_schema");
    return server.run(
        schema, "The dropping", own -> dropRetired(own, source, olderThan, inSlices, dryRun));
  }

  private List<String> dropRetired(
      Session own, Optional<TableName> source, Duration olderThan, boolean inSlices, boolean dryRun)
      throws SQLException, InterruptedException {
    Instant limit = Instant.now().minus(olderThan);
    List<String> dropped = new ArrayList<>();
    for (RetiredTable table : own.transaction(server.dialect()::retired)) {
      boolean wanted = source.isEmpty() || table.source().equals(source.get());
      if (wanted && !table.retirement().since().isAfter(limit)) {
        if (!dryRun) {
          drop(own, table, inSlices);
        }
        dropped.add(
            "%s, %d MB, retired %s by: %s"
                .formatted(
                    table.name(),
                    table.bytes() >> 20,
                    table.retirement().at(),
                    table.retirement().change()));
      }
    }
    return dropped;
  }

  private void drop(Session own, RetiredTable table, boolean inSlices)
      throws SQLException, InterruptedException {
    if (own.transaction(server.dialect().artifacts(table.source())::running)) {
      throw new RefusedException(
          "A run of ghost is working on %s.".formatted(table.source()),
          "Wait for it; or end it with ghost cancel --table %s.".formatted(table.source().table()));
    }
    try {
      own.executeOnce(c -> server.dialect().drop(c, table, inSlices));
    } catch (SQLException e) {
      ErrorClass errorClass = server.driver().classify(e);
      if (errorClass == ErrorClass.CONNECTION_LOST) {
        throw e;
      }
      throw errorClass.isTransient() || errorClass == ErrorClass.KILLED
          ? new StoppedException(
              "%s was not dropped; somebody uses it: %s".formatted(table.name(), e.getMessage()),
              "Run it again when nobody does any more.",
              e)
          : new RefusedException(
              "%s was not dropped: %s".formatted(table.name(), e.getMessage()),
              "See what stands against it.",
              e);
    }
  }
}
