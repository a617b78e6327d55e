package dev.ghost.it;

import dev.ghost.Migration;
import dev.ghost.api.GhostException;
import dev.ghost.api.Phase;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.UsageException;
import dev.ghost.it.TwinOutcome.End;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes the table of a {@link TwinCase} twice. The server alters one of them, and ghost the other
 * one while it is written to; then they are compared.
 */
final class TwinRun {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  /** What ghost's documentation says of changes that it refuses and the server does not. */
  private static final List<String> ALLOWED =
      List.of(
          "no key that can order the copy",
          "accept-difference",
          "could not be followed",
          "does not fit the foreign key",
          "breaks the foreign key",
          "on an expression",
          "generated",
          "partition",
          "refer to each other",
          "could not be created on",
          "needs UTC",
          "where the server sees a comment",
          "what this comment contains",
          "would have names that are taken",
          // The server puts its own time where NULL was, in a TIMESTAMP that may not be NULL.
          "which the server's own ALTER accepts: Column",
          // An empty value, which is not one of the type.
          "cannot be converted to 'vector' type",
          "Cannot get geometry object",
          "which the server's own ALTER accepts: CONSTRAINT",
          // MariaDB puts the nearest number where a FLOAT is beyond a BIGINT, and says nothing.
          "which the server's own ALTER accepts: Data truncation: Out of range value",
          "that cannot be taken over");

  private final Db db;
  private final TwinCase made;
  private final Schema ours;
  private final Schema twin;
  private final List<String> answers = new ArrayList<>();

  private TwinRun(Db db, TwinCase made, Schema ours, Schema twin) {
    this.db = db;
    this.made = made;
    this.ours = ours;
    this.twin = twin;
  }

  static TwinOutcome of(Db db, Server server, TwinCase made) throws Exception {
    TwinOutcome outcome = once(db, server, made);
    // The server alters its table after the writes, and ghost looks at its own before them.
    boolean early = outcome.failed() && outcome.said().contains("does not accept the row");
    return early && !made.writes().isEmpty() ? once(db, server, made.unwritten()) : outcome;
  }

  private static TwinOutcome once(Db db, Server server, TwinCase made) throws Exception {
    try (Schema ours = server.newSchema();
        Schema twin = server.newSchema()) {
      return new TwinRun(db, made, ours, twin).run();
    } catch (SQLException e) {
      // As when the table is gone, or one of its locks is held for ever.
      return TwinOutcome.failed("afterwards", text(e));
    }
  }

  private TwinOutcome run() throws Exception {
    Optional<String> invalid = make();
    if (invalid.isPresent()) {
      return new TwinOutcome(End.INVALID, "", invalid.get());
    }
    List<String> tables = new ArrayList<>(ours.tables());
    List<String> expectedAnswers;
    try (Connection c = writer(twin)) {
      expectedAnswers = answers(c, made.writes());
    }
    TwinLook before = TwinLook.at(db, twin, Set.of());
    Optional<SQLException> server = alterTwin();
    Optional<RuntimeException> ghost = alterOurs();
    if (ghost.isPresent()) {
      writeTheRest();
    } else {
      tables.add("t_old");
    }
    if (ghost.isEmpty() && server.filter(TwinRun::isForDependents).isPresent()) {
      return new TwinOutcome(End.ALTERED_BY_GHOST, "", "");
    }
    Optional<TwinOutcome> failed = judge(server, ghost);
    if (failed.isPresent()) {
      return failed.get();
    }
    Set<String> untold = ghost.isPresent() ? Set.of() : made.untold();
    TwinLook wanted = ghost.isPresent() ? before : TwinLook.at(db, twin, untold);
    String difference = TwinLook.at(db, ours, untold).difference(wanted);
    if (!difference.isEmpty()) {
      String what = difference.substring(0, difference.indexOf(':'));
      return TwinOutcome.failed((ghost.isPresent() ? "refused, but " : "") + what, difference);
    }
    if (!answers.equals(expectedAnswers)) {
      return TwinOutcome.failed(
          "answers",
          "the writes have %s, and %s without ghost".formatted(answers, expectedAnswers));
    }
    tables.sort(null);
    if (!ours.tables().equals(tables) || !ours.leftovers().isEmpty()) {
      return TwinOutcome.failed(
          "left over", "%s and %s, not %s".formatted(ours.tables(), ours.leftovers(), tables));
    }
    return ghost
        .map(g -> refused(server.isPresent(), g))
        .orElse(new TwinOutcome(End.ALTERED, "", ""));
  }

  private static TwinOutcome refused(boolean byBoth, RuntimeException ghost) {
    return byBoth
        ? new TwinOutcome(End.REFUSED_BY_BOTH, "", "")
        : new TwinOutcome(
            End.REFUSED_BY_GHOST, "", reason(ghost).orElseThrow() + ": " + ghost.getMessage());
  }

  /** Makes both; or says why the server does not. */
  private Optional<String> make() throws SQLException {
    List<List<String>> inserted = new ArrayList<>();
    for (Schema schema : List.of(ours, twin)) {
      try (Connection c = writer(schema)) {
        try {
          prepare(schema);
          schema.execute(made.table().statements().toArray(String[]::new));
        } catch (SQLException e) {
          return Optional.of(e.getMessage());
        }
        List<String> inserts = new ArrayList<>();
        made.rows().forEach(row -> inserts.add(made.table().insert(row)));
        inserts.addAll(made.children());
        inserted.add(answers(c, inserts));
      }
    }
    return inserted.get(0).equals(inserted.get(1))
        ? Optional.empty()
        : Optional.of("the rows of both are not the same: " + inserted);
  }

  /** The driver gives a session of PostgreSQL the time zone of this machine, not the server's. */
  private void prepare(Schema schema) throws SQLException {
    if (db == Db.POSTGRES) {
      schema.execute("SET TimeZone = 'UTC'");
    }
  }

  private Connection writer(Schema schema) throws SQLException {
    Connection c = schema.connect();
    try (Statement s = c.createStatement()) {
      for (String sql : made.table().mode()) {
        s.execute(sql);
      }
    }
    return c;
  }

  /** What the server says to each of some statements: the rows that were written, or an error. */
  private static List<String> answers(Connection c, List<String> statements) throws SQLException {
    List<String> answers = new ArrayList<>();
    try (Statement s = c.createStatement()) {
      for (String sql : statements) {
        answers.add(answer(s, sql));
      }
    }
    return answers;
  }

  private static String answer(Statement s, String sql) {
    try {
      return Integer.toString(s.executeUpdate(sql));
    } catch (SQLException e) {
      return e.getSQLState() + "/" + e.getErrorCode();
    }
  }

  private Optional<SQLException> alterTwin() {
    try {
      twin.execute("ALTER TABLE t " + made.change());
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of(e);
    }
  }

  private Optional<RuntimeException> alterOurs() throws Exception {
    int half = made.writes().size() / 2;
    PausingListener listener =
        new PausingListener()
            .at(Phase.COPY, () -> write(half))
            .at(Phase.VERIFY, () -> write(made.writes().size()));
    CompletableFuture<RuntimeException> failure;
    try {
      Migration ghost = ours.ghost("t", made.change()).listener(listener).build();
      failure = Async.supply(ghost::run).handle((result, e) -> unwrapped(e));
      return Optional.ofNullable(inTime(ghost, failure));
    } catch (GhostException e) {
      return Optional.of(e);
    }
  }

  private RuntimeException inTime(Migration ghost, CompletableFuture<RuntimeException> failure)
      throws InterruptedException, ExecutionException, SQLException {
    try {
      return failure.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      String running = String.join("\n", ours.running());
      ghost.cancel();
      failure.completeOnTimeout(null, 1, TimeUnit.MINUTES).join();
      return new IllegalStateException("not done in " + LIMIT + ": " + running, e);
    }
  }

  private static RuntimeException unwrapped(Throwable e) {
    Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
    return cause == null || cause instanceof RuntimeException
        ? (RuntimeException) cause
        : new IllegalStateException(cause);
  }

  /** Makes the writes up to one of them, where they are not made yet. */
  private synchronized void write(int upTo) throws SQLException {
    if (answers.size() < upTo) {
      try (Connection c = writer(ours)) {
        answers.addAll(answers(c, made.writes().subList(answers.size(), upTo)));
      }
    }
  }

  private void writeTheRest() throws SQLException {
    write(made.writes().size());
  }

  /** PostgreSQL drops no key that foreign keys refer to, though the change adds it again. */
  private static boolean isForDependents(SQLException e) {
    return "2BP01".equals(e.getSQLState());
  }

  /** The failure, where one of them refuses what the other one must not. */
  private static Optional<TwinOutcome> judge(
      Optional<SQLException> server, Optional<RuntimeException> ghost) {
    String serverSaid = server.map(SQLException::getMessage).orElse("it is altered");
    if (ghost.isEmpty()) {
      return server.map(
          e -> TwinOutcome.failed("ghost accepts", "ghost accepts what the server refuses: " + e));
    }
    RuntimeException e = ghost.get();
    String said = "%s%n  the server: %s".formatted(text(e), serverSaid);
    boolean refusal = e instanceof RefusedException || e instanceof UsageException;
    if (e.getMessage() != null && e.getMessage().contains("Please report this")) {
      return Optional.of(TwinOutcome.failed("ghost asks for a report", said));
    }
    if (server.isPresent() && (refusal || e instanceof RowRejectedException)) {
      return Optional.empty();
    }
    return (refusal || e instanceof RowRejectedException) && reason(e).isPresent()
        ? Optional.empty()
        : Optional.of(TwinOutcome.failed(e.getClass().getSimpleName(), said));
  }

  private static Optional<String> reason(RuntimeException e) {
    return ALLOWED.stream().filter(e.getMessage()::contains).findFirst();
  }

  private static String text(Throwable e) {
    StringBuilder text = new StringBuilder(e.toString());
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      text.append("\n  caused by ").append(cause);
    }
    return text.toString();
  }
}
