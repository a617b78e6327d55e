package dev.ghost.cli;

import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Tells a program what a migration does, by {@link JsonEvents}; progress once a second. */
final class JsonReporter implements Reporter {

  private static final long EVERY_NANOS = 1_000_000_000L;

  /** That everything is ready for the cutover is no event here: its phase has begun. */
  private static final Map<Class<? extends MigrationEvent>, String> NAMES =
      Map.of(
          MigrationEvent.StatementStarted.class,
          "statement",
          MigrationEvent.StatementDone.class,
          "statementDone",
          MigrationEvent.PhaseStarted.class,
          "phase",
          MigrationEvent.ProgressMade.class,
          "progress",
          MigrationEvent.Planned.class,
          "planned",
          MigrationEvent.Warned.class,
          "warning",
          MigrationEvent.CutoverPostponed.class,
          "cutoverPostponed");

  private final JsonEvents events;
  private long nextProgress = System.nanoTime();

  JsonReporter(PrintWriter out) {
    this.events = new JsonEvents(out);
  }

  @Override
  public void on(MigrationEvent event) {
    if (NAMES.containsKey(event.getClass()) && isDue(event)) {
      events.write(NAMES.get(event.getClass()), fields(event));
    }
  }

  private boolean isDue(MigrationEvent event) {
    long now = System.nanoTime();
    if (!(event instanceof MigrationEvent.ProgressMade)) {
      return true;
    }
    boolean due = now - nextProgress >= 0;
    nextProgress = due ? now + EVERY_NANOS : nextProgress;
    return due;
  }

  /** The fields of an event; those of a record in it are among them. */
  static Map<String, Object> fields(MigrationEvent event) {
    Map<String, Object> fields = new LinkedHashMap<>();
    Json.fields(event)
        .forEach(
            (name, value) -> {
              if (value instanceof Map<?, ?> inner) {
                inner.forEach((k, v) -> fields.put((String) k, v));
              } else {
                fields.put(name, value);
              }
            });
    return fields;
  }

  @Override
  public void dryRun(MigrationPlan plan) {
    events.write("dryRun", Json.fields(plan));
  }

  @Override
  public void done(MigrationResult result) {
    events.done(ExitCode.DONE, Json.fields(result));
  }

  @Override
  public void ended(ExitCode code) {
    events.done(code, Map.of());
  }

  @Override
  public void failed(GhostException e) {
    events.failed(e);
  }
}
