package dev.ghost.cli;

import dev.ghost.api.CancelledException;
import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationEvent;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.StoppedException;
import dev.ghost.api.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs executables of a directory at the transitions of a migration, each named after one, and
 * tells another reporter everything. The facts are in their environment, and as JSON on their
 * input.
 */
final class Hooks implements Reporter {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path directory;
  private final Reporter next;
  private final Map<String, Object> facts = new LinkedHashMap<>();
  private String throttled = "";

  /** Notes the facts, and runs the hook of each event that has one. */
  private final MigrationListener transitions =
      new MigrationListener() {
        @Override
        public void statementStarted(int number, int of, String statement) {
          facts.put("statement", statement);
          facts.put("statementNumber", number);
          facts.put("statements", of);
        }

        @Override
        public void phaseStarted(Phase phase) {
          facts.put("phase", phase.name().toLowerCase(Locale.ROOT));
          switch (phase) {
            case INSPECT -> run("started");
            case VERIFY -> run("copied");
            case CUTOVER -> run("cutover-ready");
            case FINISH -> run("after-cutover");
            default -> {
              // Nothing that anybody would wait for.
            }
          }
        }

        @Override
        public void progress(Progress p) {
          facts.put("rowsDone", p.rowsDone());
          facts.put("rowsEstimate", p.rowsEstimate());
          String reason = p.throttled().orElse("");
          if (!reason.equals(throttled)) {
            throttled = reason;
            facts.put("throttled", throttled);
            run(throttled.isEmpty() ? "unthrottled" : "throttled");
          }
        }

        @Override
        public void planned(MigrationPlan plan) {
          facts.put("table", plan.table());
          facts.put("change", plan.change());
          facts.put("way", plan.way().name().toLowerCase(Locale.ROOT));
          facts.put("ghostTable", plan.ghostTable().orElse(""));
          facts.put("retiredTable", plan.retiredTable().orElse(""));
          run("planned");
        }

        @Override
        public void beforeCutover() {
          run("before-cutover");
        }

        @Override
        public void cutoverPostponed(int attempt, String reason) {
          facts.put("reason", reason);
          run("cutover-postponed");
        }

        @Override
        public void statementDone(int number, int of, MigrationResult result) {
          runDone(result);
        }
      };

  private Hooks(Path directory, Reporter next) {
    this.directory = directory;
    this.next = next;
  }

  /**
   * With the hooks of a directory.
   *
   * @throws UsageException if it is none
   */
  static Reporter of(Path directory, Reporter next) {
    if (!Files.isDirectory(directory)) {
      throw new UsageException(
          "%s is no directory of hooks.".formatted(directory),
          "Name one with --hooks that holds executables.");
    }
    return new Hooks(directory, next);
  }

  /** Tells the next reporter first; then the hook for the event runs, where there is one. */
  @Override
  public void on(MigrationEvent event) {
    next.on(event);
    event.tell(transitions);
  }

  @Override
  public void dryRun(MigrationPlan plan) {
    next.dryRun(plan);
  }

  /** The hook comes first: its complaint is to be told before the last event. */
  @Override
  public void done(MigrationResult result) {
    runDone(result);
    next.done(result);
  }

  private void runDone(MigrationResult result) {
    facts.put("rowsCopied", result.rowsCopied());
    facts.put("stallMillis", result.stall().toMillis());
    run("done");
  }

  @Override
  public void ended(ExitCode code) {
    next.ended(code);
  }

  @Override
  public void failed(GhostException e) {
    facts.put("exitCode", e.exitCode().number());
    facts.put("message", e.what());
    run("failed");
    next.failed(e);
  }

  /** A hook that fails is reported; one that is named before-something stops the run. */
  private void run(String name) {
    Path hook = directory.resolve(name);
    if (!Files.isExecutable(hook) || Files.isDirectory(hook)) {
      return;
    }
    String complaint;
    try {
      complaint = complaint(name, hook);
    } catch (IOException e) {
      complaint = String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancelledException(
          "The hook %s was interrupted.".formatted(name), "Run the command again.", e);
    }
    if (complaint.isEmpty()) {
      return;
    }
    String message = "The hook %s failed: %s".formatted(hook, complaint);
    if (name.startsWith("before-")) {
      throw new StoppedException(message, "Nothing was changed. Run the command again to go on.");
    }
    next.on(new MigrationEvent.Warned(message));
  }

  private String complaint(String name, Path hook) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(hook.toAbsolutePath().toString());
    Path output = Files.createTempFile("ghost-hook", ".out");
    try {
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
      // A hook has no business with it.
      builder.environment().remove("GHOST_PASSWORD");
      builder.environment().put("GHOST_HOOK", name);
      facts.forEach((fact, value) -> builder.environment().put(variable(fact), value.toString()));
      Process process = builder.start();
      try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
        input.write(json(name));
      } catch (IOException e) {
        // It need not read what it is told; whether it did its work, its exit code says.
        facts.put("unread", String.valueOf(e.getMessage()));
      }
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return "it took longer than %d s".formatted(LIMIT.toSeconds());
      }
      return process.exitValue() == 0
          ? ""
          : "exit code %d; %s"
              .formatted(
                  process.exitValue(), Files.readString(output, StandardCharsets.UTF_8).strip());
    } finally {
      Files.delete(output);
    }
  }

  private String json(String name) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("hook", name);
    all.putAll(facts);
    return Json.line(all);
  }

  /** rowsEstimate is GHOST_FACT_ROWS_ESTIMATE. */
  private static String variable(String fact) {
    return "GHOST_FACT_" + fact.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }
}
