package dev.ghost.internal.migration.script;

import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.Artifacts;
import dev.ghost.internal.dialect.Journal;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.migration.CutoverGroup;
import dev.ghost.internal.migration.Settings;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;

/**
 * Runs a script: its statements in their order, each a migration of its own; or, by {@link Atomic},
 * all with one cutover. Used by one thread, but for what is synchronized.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A statement is begun when those before it are made, and that is noted in the database.
 *   <li>A statement that is made is not made again by a later run of the script. One that a run was
 *       killed in is taken up, or is seen to be made; where neither is certain, it is refused.
 *   <li>The notes are removed when all is made.
 * </ul>
 */
public final class Statements {

  private static final int HASH_DIGITS = 12;

  private final Server server;
  private final Set<String> acceptedPublications;
  private final MigrationListener listener;
  private final List<String> texts;
  private final List<AlterRequest> requests;

  /** Under this name the notes are kept, next to the first statement's table; no such table is. */
  private final TableName name;

  private final Artifacts artifacts;
  private StatementNotes notes = StatementNotes.NONE;

  /** Makes one change. */
  @FunctionalInterface
  public interface Maker {
    MigrationResult make(
        String statement, MigrationListener listener, Optional<CutoverGroup> group);
  }

  /** Plans one change. */
  @FunctionalInterface
  public interface Planner {
    MigrationPlan plan(String statement, Optional<CutoverGroup> group);
  }

  /**
   * Reads a script.
   *
   * @param acceptedPublications as in {@link Settings}
   * @throws UsageException if a statement of it does not parse
   */
  public Statements(
      Server server, String script, Set<String> acceptedPublications, MigrationListener listener) {
    this.server = server;
    this.acceptedPublications = acceptedPublications;
    this.listener = listener;
    this.texts = server.dialect().statements(script);
    if (texts.isEmpty()) {
      throw new UsageException("There is no statement in it.", "Write ALTER TABLE statements.");
    }
    this.requests = IntStream.range(0, texts.size()).mapToObj(this::parse).toList();
    this.name =
        requests
            .get(0)
            .table()
            .sibling(
                "ghost_statements_"
                    + UUID.nameUUIDFromBytes(understood(0).getBytes(StandardCharsets.UTF_8))
                        .toString()
                        .replace("-", "")
                        .substring(0, HASH_DIGITS));
    this.artifacts = server.dialect().artifacts(name);
  }

  private AlterRequest parse(int i) {
    try {
      return server.dialect().parse(texts.get(i));
    } catch (UsageException e) {
      throw unparsed(i, e);
    }
  }

  /** All of what is to be made, before any of it is. */
  private void refuseUnparsed(Session own) throws SQLException, InterruptedException {
    for (int i = notes.made().size(); i < texts.size(); i++) {
      AlterRequest request = requests.get(i);
      try {
        own.execute(c -> server.dialect().refuseUnparsed(c, request));
      } catch (UsageException e) {
        throw unparsed(i, e);
      }
    }
  }

  private UsageException unparsed(int i, UsageException e) {
    return new UsageException(
        "Statement %d of %d: %s".formatted(i + 1, texts.size(), e.what()), e.remedy(), e);
  }

  /** Makes what is not made yet. */
  public List<MigrationResult> run(Maker maker) {
    return run(own -> run(own, maker));
  }

  private List<MigrationResult> run(Session own, Maker maker)
      throws SQLException, InterruptedException {
    lock(own);
    takeUp(own);
    refuseUnparsed(own);
    // The notes are rows of a table, too.
    own.execute(c -> server.dialect().refuseSubscribers(c, acceptedPublications));
    List<MigrationResult> results = new ArrayList<>();
    for (int i = notes.made().size(); i < texts.size(); i++) {
      if (begin(own, i)) {
        listener.on(new MigrationEvent.StatementStarted(i + 1, texts.size(), texts.get(i)));
        MigrationResult result = make(i, maker);
        note(own, notes.end());
        listener.on(new MigrationEvent.StatementDone(i + 1, texts.size(), result));
        results.add(result);
      } else {
        note(own, notes.end());
        madeEarlier(i);
      }
    }
    own.execute(artifacts::clean);
    return results;
  }

  private void lock(Session own) throws SQLException {
    if (!own.runOnce(artifacts::lockRun)) {
      throw new RefusedException(
          "Another run of ghost is working on these statements.", "Wait for it, or stop it.");
    }
  }

  private MigrationResult make(int i, Maker maker) {
    try {
      return maker.make(
          texts.get(i),
          new SwapRecorder(listener, () -> run(c -> note(c, notes.swap()))),
          Optional.empty());
    } catch (GhostException e) {
      listener.on(
          new MigrationEvent.Warned(
              (notes.swapped()
                      ? "Statement %d of %d is made, but its run did not end well. The same command"
                          + " cleans up, and continues."
                      : "Statement %d of %d is not made; those before it are. The same command"
                          + " continues there, also when this statement, or one behind it, was"
                          + " changed in the script.")
                  .formatted(i + 1, texts.size())));
      throw e;
    }
  }

  /**
   * Plans what is not made yet, and does not depend on what comes before it.
   *
   * @param atomic as {@link #runTogether} would make it
   */
  public List<MigrationPlan> plan(Planner planner, boolean atomic) {
    if (atomic) {
      return run(own -> atomic().plan(own, planner));
    }
    run(
        own -> {
          takeUp(own);
          refuseUnparsed(own);
          return notes;
        });
    Map<TableName, MigrationPlan> plans = new LinkedHashMap<>();
    for (int i = notes.made().size(); i < texts.size(); i++) {
      TableName table = requests.get(i).table();
      MigrationPlan before = plans.get(table);
      plans.put(
          table,
          before == null ? planner.plan(texts.get(i), Optional.empty()) : before.warned(notYet(i)));
    }
    return List.copyOf(plans.values());
  }

  /** A table cannot be altered, nor its sample, that has not the shape yet which it will have. */
  private String notYet(int i) {
    return "Statement %d of %d alters %s, too, which has not its shape for that yet. It is planned, and compared with the server's own ALTER, just before it runs."
        .formatted(i + 1, texts.size(), requests.get(i).table());
  }

  /** Makes what is not made yet, and swaps all tables at the same moment. */
  public List<MigrationResult> runTogether(Maker maker, Planner planner) {
    return run(
        own -> {
          lock(own);
          List<MigrationResult> results = atomic().run(own, maker, planner);
          own.execute(artifacts::clean);
          return results;
        });
  }

  private Atomic atomic() {
    return new Atomic(server.dialect(), this, requests, listener);
  }

  List<String> texts() {
    return texts;
  }

  String text(int i) {
    return texts.get(i);
  }

  synchronized boolean made(int i) {
    return notes.made().contains(understood(i));
  }

  /** The tables of what is made. */
  List<String> madeTables() {
    return IntStream.range(0, texts.size())
        .filter(this::made)
        .mapToObj(i -> requests.get(i).table().toString())
        .toList();
  }

  /** True when a run on the statement's table has not cleaned up behind itself. */
  boolean leftSomething(Session own, int i) throws SQLException, InterruptedException {
    return own.transaction(server.dialect().artifacts(requests.get(i).table()).journal()::exists);
  }

  /** A table is swapped, and not cleaned up behind. */
  synchronized void noteSwapped(int i) {
    run(own -> note(own, notes.swapped(understood(i))));
  }

  /** Finds out what an earlier run has made. */
  private void takeUp(Session own) throws SQLException, InterruptedException {
    readNotes(own);
    for (int i = 0; i < notes.made().size(); i++) {
      if (i >= texts.size() || !notes.made().get(i).equals(understood(i))) {
        throw new RefusedException(
            "An unfinished run has made %d statements of a script that begins like this one, but statement %d of this one is another."
                .formatted(notes.made().size(), i + 1),
            "Run the script as it was then; what is not made yet may be changed. Or have ghost"
                + " forget that run: ghost cleanup --table "
                + name.table());
      }
      madeEarlier(i);
    }
  }

  synchronized void readNotes(Session own) throws SQLException, InterruptedException {
    Journal journal = artifacts.journal();
    notes =
        own.transaction(
                c ->
                    journal.exists(c)
                        ? journal.read(c, EntryKind.STATEMENTS)
                        : Optional.<String>empty())
            .map(StatementNotes::of)
            .orElse(StatementNotes.NONE);
  }

  void madeEarlier(int i) {
    listener.on(
        new MigrationEvent.Warned(
            "Statement %d of %d was made by an earlier run.".formatted(i + 1, texts.size())));
  }

  /** Returns whether it is still to be made, or to be cleaned up behind. */
  private boolean begin(Session own, int i) throws SQLException, InterruptedException {
    TableName table = requests.get(i).table();
    String now = own.transaction(c -> server.dialect().definition(c, table));
    boolean begunBefore = notes.begun().equals(understood(i));
    boolean leftSomething = begunBefore && leftSomething(own, i);
    if (begunBefore && notes.swapped()) {
      return leftSomething;
    }
    if (begunBefore && !leftSomething && !now.equals(notes.before())) {
      throw new RefusedException(
          "Statement %d of %d may be made already: the run that began it has ended before it could note that, and %s is no longer what it was then."
              .formatted(i + 1, texts.size(), table),
          "Look at %s. Take what is made out of the script, have ghost forget that run (ghost cleanup --table %s), and run the rest."
              .formatted(table, name.table()));
    }
    if (!leftSomething) {
      note(own, notes.begin(understood(i), now));
    }
    return true;
  }

  private StatementNotes note(Session own, StatementNotes next)
      throws SQLException, InterruptedException {
    Journal journal = artifacts.journal();
    own.execute(
        c -> {
          if (!journal.exists(c)) {
            journal.create(c);
          }
          journal.write(c, EntryKind.STATEMENTS, next.text());
        });
    notes = next;
    return next;
  }

  private <T> T run(Server.Work<T> work) {
    return server.run(requests.get(0).table().schema(), "The script", work);
  }

  /** A statement as it is understood: its table and its change. */
  private String understood(int i) {
    return requests.get(i).table() + "\n" + requests.get(i).text();
  }
}
