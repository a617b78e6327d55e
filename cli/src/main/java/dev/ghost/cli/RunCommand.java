package dev.ghost.cli;

import static java.util.Comparator.naturalOrder;

import dev.ghost.api.CancelledException;
import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.UsageException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What runs a migration, or takes one back, and tells of it. */
abstract class RunCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(RunCommand.class);

  @Spec private CommandSpec spec;

  /** What was asked for. */
  abstract Work build(Reporter reporter);

  abstract ReportOptions report();

  /** True when nothing is to be changed. */
  abstract boolean onlyPlans();

  /** The exit code for a plan. */
  ExitCode verdict(MigrationPlan plan) {
    return ExitCode.DONE;
  }

  @Override
  public Integer call() {
    Reporter plain = report().plain(spec.commandLine());
    Reporter reporter;
    LogOptions.Log log;
    try {
      reporter = report().withHooks(plain);
      log = report().log().open();
    } catch (UsageException e) {
      plain.failed(e);
      return e.exitCode().number();
    }
    try (log) {
      return run(reporter);
    }
  }

  private int run(Reporter reporter) {
    CountDownLatch told = new CountDownLatch(1);
    try {
      Work work = build(reporter);
      Thread hook = stopOnSignal(work, told, reporter);
      try {
        if (!onlyPlans()) {
          work.run().run();
          reporter.ended(ExitCode.DONE);
          return ExitCode.DONE.number();
        }
        List<MigrationPlan> plans = work.plans().get();
        plans.forEach(reporter::dryRun);
        ExitCode verdict =
            plans.stream().map(this::verdict).max(naturalOrder()).orElse(ExitCode.DONE);
        reporter.ended(verdict);
        return verdict.number();
      } finally {
        forget(hook);
      }
    } catch (GhostException e) {
      reporter.failed(e);
      if (report().verbose()) {
        e.printStackTrace(spec.commandLine().getErr());
      }
      return e.exitCode().number();
    } finally {
      told.countDown();
    }
  }

  /**
   * Ctrl-C and SIGTERM stop the migration, which keeps what it has copied; the JVM waits until it
   * has said so.
   */
  private static Thread stopOnSignal(Work work, CountDownLatch told, Reporter reporter) {
    Thread hook =
        new Thread(
            () -> {
              LOG.info("A signal has come: the run is to stop, and to keep what it has done");
              work.stop().run();
              try {
                if (!told.await(60, TimeUnit.SECONDS)) {
                  reporter.failed(
                      new CancelledException(
                          "The run was told to stop, and did not end within a minute.",
                          "The same command continues from its last checkpoint."));
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              // The JVM would leave with the signal's own code.
              Runtime.getRuntime().halt(ExitCode.STOPPED.number());
            });
    Runtime.getRuntime().addShutdownHook(hook);
    return hook;
  }

  private void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is going down already: the hook runs, and waits until we have told the user.
      spec.commandLine().getErr().flush();
    }
  }
}
