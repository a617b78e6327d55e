package dev.ghost.cli;

import dev.ghost.api.Effect;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Phase;
import dev.ghost.api.Progress;
import dev.ghost.api.ServerComparison;
import dev.ghost.api.Way;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Words for people: on a terminal one live region, in a pipe a line every few seconds. What is
 * going on goes to standard error, the plan and the report to standard output.
 */
final class TextReporter implements Reporter {

  private static final long LINE_NANOS = Duration.ofSeconds(3).toNanos();

  private final PrintWriter out;
  private final PrintWriter err;
  private final @Nullable LiveRegion live;
  private long nextLine = System.nanoTime();

  private TextReporter(PrintWriter out, PrintWriter err, @Nullable LiveRegion live) {
    this.out = out;
    this.err = err;
    this.live = live;
  }

  static TextReporter create(PrintWriter out, PrintWriter err) {
    boolean terminal = Boolean.getBoolean("ghost.terminal");
    return new TextReporter(out, err, terminal ? new LiveRegion(err) : null);
  }

  @Override
  public void statementStarted(int number, int of, String statement) {
    say("statement %d of %d: %s".formatted(number, of, statement));
  }

  @Override
  public void phaseStarted(Phase phase) {
    if (live == null) {
      line(title(phase));
    } else {
      live.show(title(phase));
    }
  }

  @Override
  public void progress(Progress p) {
    if (live != null) {
      live.show(title(p.phase()), bar(p, live.columns()), rates(p));
      return;
    }
    long now = System.nanoTime();
    if (now - nextLine >= 0) {
      nextLine = now + LINE_NANOS;
      line(
          "%s: %s of about %s rows (%.0f %%), %s"
              .formatted(
                  name(p.phase()),
                  Format.number(p.rowsDone()),
                  Format.number(p.rowsEstimate()),
                  100 * p.fraction(),
                  rates(p)));
    }
  }

  @Override
  public void planned(MigrationPlan plan) {
    say(
        "%s: %s, about %s rows, %s; %s"
            .formatted(
                plan.server(),
                plan.table(),
                Format.number(plan.estimatedRows()),
                Format.bytes(plan.estimatedBytes()),
                plan.chunkKey().map(key -> "ordered by " + key).orElseGet(() -> way(plan.way()))));
    plan.comparison().ifPresent(this::told);
  }

  private void told(ServerComparison comparison) {
    say(comparison.toString());
    comparison.differences().forEach(d -> say("accepted: " + d));
  }

  /** True when rows are compared or copied one by one. */
  private static boolean byRows(Way way) {
    return way == Way.GHOST || way == Way.REVERT;
  }

  private static String way(Way way) {
    return switch (way) {
      case NOTHING -> "nothing to do, it is already like that";
      case METADATA -> "the server makes the change in its catalog only";
      case IN_PLACE -> "the server makes the change in place, while the application continues";
      case GHOST -> "a ghost is filled, kept in step, and swapped in";
      case REVERT -> "the retired table is brought in step, and swapped back";
    };
  }

  @Override
  public void warning(String message) {
    say("warning: " + message);
  }

  @Override
  public void cutoverPostponed(int attempt, String reason) {
    say("cutover, try %d: %s".formatted(attempt, reason));
  }

  private void comparison(ServerComparison comparison) {
    out.println("  compared:   " + comparison);
    if (comparison.rows() > 0) {
      out.println("              columns: " + String.join(", ", comparison.columns()));
    }
    comparison.differences().forEach(d -> out.println("  accepted:   " + d));
  }

  @Override
  public void dryRun(MigrationPlan plan) {
    clear();
    out.println("Plan for " + plan.table() + " on " + plan.server());
    out.println("  change:     " + plan.change());
    out.println("  how:        " + way(plan.way()));
    plan.statements().forEach(s -> out.println("              " + s + ";"));
    out.println("  rows:       about " + Format.number(plan.estimatedRows()));
    out.println(
        "  size:       "
            + Format.bytes(plan.estimatedBytes())
            + (plan.way() == Way.GHOST ? ", needed once more while it runs" : ""));
    if (!plan.estimatedTime().isZero()) {
      out.println(
          "  time:       about "
              + Format.time(plan.estimatedTime())
              + " when the server does nothing else; by some rows that were copied and rolled"
              + " back");
    }
    if (byRows(plan.way())) {
      plan.chunkKey().ifPresent(key -> out.println("  ordered by: " + key));
      plan.ghostTable().ifPresent(name -> out.println("  ghost:      " + name));
      plan.retiredTable()
          .ifPresent(name -> out.println("  retired:    " + name + " after the cutover"));
      out.println("  columns:");
      plan.columns().forEach(c -> out.println("    " + c));
    }
    plan.comparison().ifPresent(this::comparison);
    plan.effects().forEach(this::effect);
    plan.warnings().forEach(w -> out.println("  warning:    " + w));
    out.println("Nothing was changed.");
    out.flush();
  }

  private void effect(Effect e) {
    out.printf("  %-11s %s%n", e.kind().name().toLowerCase(Locale.ROOT) + ":", e.what());
    e.advice().ifPresent(advice -> out.println("              " + advice));
  }

  @Override
  public void done(MigrationResult r) {
    clear();
    if (r.way() == Way.NOTHING) {
      out.println(r.table() + " is already like that: there was nothing to do.");
    } else if (r.way() == Way.REVERT) {
      out.println(r.table() + " is what it was before the change, with every write since.");
    } else {
      out.println(r.table() + " has its new schema.");
    }
    r.acceptedDifferences().forEach(d -> out.println("  accepted: " + d));
    if (byRows(r.way())) {
      doneByGhost(r);
    }
    if (r.way() == Way.METADATA) {
      out.printf(
          Locale.ROOT,
          "  the application stalled for at most %.0f ms, on try %d%n",
          r.stall().toNanos() / 1e6,
          r.cutoverAttempts());
    }
    out.flush();
  }

  private void doneByGhost(MigrationResult r) {
    out.printf(
        "  "
            + (r.way() == Way.REVERT ? "reconciled" : "copied")
            + " %s rows, replayed %s changes, verified %s rows%n",
        Format.number(r.rowsCopied()),
        Format.number(r.keysApplied()),
        Format.number(r.rowsVerified()));
    out.printf(
        Locale.ROOT,
        "  cutover: writers stalled for at most %.0f ms, readers for %.0f ms, on try %d%n",
        r.stall().toNanos() / 1e6,
        r.readerStall().toNanos() / 1e6,
        r.cutoverAttempts());
    StringBuilder times = new StringBuilder("  time:   ");
    r.phases()
        .forEach((p, t) -> times.append(" ").append(name(p)).append(" ").append(Format.time(t)));
    out.println(times);
    r.retiredTable()
        .ifPresent(
            name -> out.println("The former table is kept as " + name + ". When nobody needs it:"));
    r.dropRetiredSql().ifPresent(sql -> out.println("  " + sql));
  }

  @Override
  public void failed(GhostException e) {
    clear();
    err.println("ghost: " + e.getMessage());
    err.flush();
  }

  private void say(String text) {
    if (live == null) {
      line(text);
    } else {
      live.print(text);
    }
  }

  private void line(String text) {
    err.println(text);
    err.flush();
  }

  private void clear() {
    if (live != null) {
      live.clear();
    }
  }

  private static String bar(Progress p, int columns) {
    int width = Math.max(10, Math.min(40, columns - 60));
    int filled = (int) Math.round(width * p.fraction());
    return "  [%s%s] %3.0f %%  %s of about %s rows"
        .formatted(
            "#".repeat(filled),
            "-".repeat(width - filled),
            100 * p.fraction(),
            Format.number(p.rowsDone()),
            Format.number(p.rowsEstimate()));
  }

  private static String rates(Progress p) {
    return p.throttled()
        .map(reason -> "HELD, " + reason + "; ")
        .or(() -> p.yielding().map(way -> way + "; "))
        .map(why -> why + pace(p))
        .orElseGet(() -> pace(p));
  }

  private static String pace(Progress p) {
    return "%s%s keys pending, %s applied; stream lag %s; %s so far"
        .formatted(
            Format.pace(p.phase().name(), p.rowsDone(), p.rowsEstimate(), p.rowsPerSecond()),
            Format.number(p.pendingKeys()),
            Format.number(p.keysApplied()),
            Format.time(p.streamLag()),
            Format.time(p.elapsed()));
  }

  private static String title(Phase phase) {
    return switch (phase) {
      case INSPECT -> "Inspecting the table and the server";
      case PREPARE -> "Preparing the ghost table";
      case STREAM -> "Starting the change stream";
      case COPY -> "Copying rows and replaying changes";
      case VERIFY -> "Verifying that both tables agree";
      case CUTOVER -> "Cutting over";
      case FINISH -> "Cleaning up";
    };
  }

  private static String name(Phase phase) {
    return phase.name().toLowerCase(Locale.ROOT);
  }
}
