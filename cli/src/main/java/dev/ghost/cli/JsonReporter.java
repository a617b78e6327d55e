package dev.ghost.cli;

import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Tells a program what a migration does, by {@link JsonEvents}; progress once a second. */
final class JsonReporter implements Reporter {

  private static final long EVERY_NANOS = 1_000_000_000L;

  private final JsonEvents events;
  private long nextProgress = System.nanoTime();

  JsonReporter(PrintWriter out) {
    this.events = new JsonEvents(out);
  }

  @Override
  public void statementStarted(int number, int of, String statement) {
    write("statement", Map.of("number", number, "of", of, "statement", statement));
  }

  @Override
  public void phaseStarted(Phase phase) {
    write("phase", Map.of("phase", name(phase)));
  }

  @Override
  public void progress(Progress p) {
    long now = System.nanoTime();
    if (now - nextProgress < 0) {
      return;
    }
    nextProgress = now + EVERY_NANOS;
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("phase", name(p.phase()));
    fields.put("rows", p.rowsDone());
    fields.put("rowsEstimate", p.rowsEstimate());
    fields.put("rowsPerSecond", p.rowsPerSecond());
    fields.put("pendingKeys", p.pendingKeys());
    fields.put("keysApplied", p.keysApplied());
    fields.put("streamLagMs", p.streamLag().toMillis());
    fields.put("throttled", p.throttled());
    fields.put("yielding", p.yielding());
    fields.put("elapsedMs", p.elapsed().toMillis());
    write("progress", fields);
  }

  @Override
  public void planned(MigrationPlan plan) {
    write("planned", fields(plan));
  }

  @Override
  public void warning(String message) {
    write("warning", Map.of("message", message));
  }

  @Override
  public void cutoverPostponed(int attempt, String reason) {
    write("cutoverPostponed", Map.of("attempt", attempt, "reason", reason));
  }

  @Override
  public void dryRun(MigrationPlan plan) {
    write("dryRun", fields(plan));
  }

  @Override
  public void statementDone(int number, int of, MigrationResult result) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("number", number);
    fields.put("of", of);
    fields.putAll(fields(result));
    write("statementDone", fields);
  }

  @Override
  public void done(MigrationResult result) {
    events.done(ExitCode.DONE, fields(result));
  }

  @Override
  public void ended(ExitCode code) {
    events.done(code, Map.of());
  }

  @Override
  public void failed(GhostException e) {
    events.failed(e);
  }

  private static Map<String, Object> fields(MigrationResult r) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("table", r.table());
    fields.put("way", r.way().name().toLowerCase(Locale.ROOT));
    fields.put("rowsCopied", r.rowsCopied());
    fields.put("keysApplied", r.keysApplied());
    fields.put("rowsVerified", r.rowsVerified());
    fields.put("stallMs", r.stall().toNanos() / 1e6);
    fields.put("readerStallMs", r.readerStall().toNanos() / 1e6);
    fields.put("cutoverAttempts", r.cutoverAttempts());
    Map<String, Long> phases = new LinkedHashMap<>();
    r.phases().forEach((phase, time) -> phases.put(name(phase), time.toMillis()));
    fields.put("phasesMs", phases);
    fields.put("warnings", r.warnings());
    fields.put("acceptedDifferences", r.acceptedDifferences());
    fields.put("retiredTable", r.retiredTable());
    fields.put("dropRetiredSql", r.dropRetiredSql());
    return fields;
  }

  private static Map<String, Object> fields(MigrationPlan plan) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("server", plan.server());
    fields.put("table", plan.table());
    fields.put("change", plan.change());
    fields.put("way", plan.way().name().toLowerCase(Locale.ROOT));
    fields.put("statements", plan.statements());
    fields.put("care", plan.care().name().toLowerCase(Locale.ROOT));
    fields.put(
        "effects",
        plan.effects().stream()
            .map(
                e ->
                    Map.of(
                        "kind",
                        e.kind().name().toLowerCase(Locale.ROOT),
                        "what",
                        e.what(),
                        "advice",
                        e.advice()))
            .toList());
    fields.put("ghostTable", plan.ghostTable());
    fields.put("retiredTable", plan.retiredTable());
    fields.put("chunkKey", plan.chunkKey());
    fields.put("columns", plan.columns());
    fields.put("estimatedRows", plan.estimatedRows());
    fields.put("estimatedBytes", plan.estimatedBytes());
    fields.put("estimatedSeconds", plan.estimatedTime().toSeconds());
    plan.comparison()
        .ifPresent(
            found -> {
              fields.put("comparedRows", found.rows());
              fields.put("comparedColumns", found.columns());
              fields.put("acceptedDifferences", found.differences());
            });
    fields.put("warnings", plan.warnings());
    return fields;
  }

  private static String name(Phase phase) {
    return phase.name().toLowerCase(Locale.ROOT);
  }

  private void write(String event, Map<String, ?> fields) {
    events.write(event, fields);
  }
}
