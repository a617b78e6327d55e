package dev.ghost.cli;

import dev.ghost.Ghost;
import dev.ghost.api.ExitCode;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code ghost demo}: a whole migration on a server of its own, with the same code as production.
 */
@Command(
    name = "demo",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    description =
        "Starts a server of its own, loads a table, hammers it with writers, and alters"
            + " it meanwhile.",
    footerHeading = "%n",
    footer = {
      "Examples:",
      "  ghost demo",
      "  ghost demo --db mariadb",
      "  ghost demo --rows 5000000 --keep"
    })
final class DemoCommand implements Callable<Integer> {

  /** What the demo can run on. */
  enum Database {
    POSTGRES("PostgreSQL"),
    MARIADB("MariaDB");

    private final String product;

    Database(String product) {
      this.product = product;
    }
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--db",
      paramLabel = "NAME",
      defaultValue = "postgres",
      description = "postgres or mariadb. Default: ${DEFAULT-VALUE}.")
  private Database db;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Rows to load. Default: ${DEFAULT-VALUE}.")
  private int rows;

  @Option(
      names = "--writers",
      paramLabel = "N",
      defaultValue = "3",
      description = "Sessions that write all along. Default: ${DEFAULT-VALUE}.")
  private int writers;

  @Option(
      names = "--keep",
      description = "Leaves the server running at the end, and prints its URL, until Ctrl-C.")
  private boolean keep;

  @Mixin private LogOptions log;

  @Override
  public Integer call() throws Exception {
    try (LogOptions.Log ignored = log.open()) {
      return demonstrate();
    }
  }

  private int demonstrate() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    say(out, "Starting an embedded %s ...".formatted(db.product));
    try (DemoServer server = db == Database.MARIADB ? new MariaDbDemo() : new PostgresDemo()) {
      say(out, "  It runs at " + server.url());
      say(
          out,
          String.format(
              Locale.ROOT, "Loading the table orders with %,d rows and two indexes ...", rows));
      server.load(rows);
      int code = alter(out, server);
      if (keep) {
        say(out, "The server stays at %s; Ctrl-C ends it. To look at it:".formatted(server.url()));
        say(out, "  " + server.look());
        new CountDownLatch(1).await();
      }
      return code;
    } catch (UsageException e) {
      TextReporter.create(out, spec.commandLine().getErr()).failed(e);
      return e.exitCode().number();
    }
  }

  private int alter(PrintWriter out, DemoServer server) throws Exception {
    say(
        out,
        "%d sessions write to it from now on. Meanwhile, as you would type it:".formatted(writers));
    say(out, "  ghost alter --url %s --table orders \\".formatted(server.url()));
    say(out, "      --alter \"%s\"".formatted(server.change()));
    DemoWriters application = new DemoWriters(server, writers, rows);
    TextReporter reporter = TextReporter.create(out, spec.commandLine().getErr());
    try (application) {
      application.start();
      MigrationResult result =
          Ghost.connect(server.url())
              .migration("orders")
              .strategy(Strategy.GHOST)
              .alter(server.change())
              .listener(application.listener(reporter))
              .build()
              .run();
      application.afterwards();
      reporter.done(result);
    } catch (GhostException e) {
      reporter.failed(e);
      return e.exitCode().number();
    }
    application.report(out);
    return verdict(out, server, application.inserted());
  }

  /**
   * Every row that the writers were told is stored must be in the new table. It would be a bug; but
   * what is seen is that the tables differ.
   */
  private int verdict(PrintWriter out, DemoServer server, long inserted) throws SQLException {
    long found = server.number("SELECT count(*) FROM orders WHERE id > " + rows);
    boolean complete = found == inserted;
    say(
        out,
        String.format(
            Locale.ROOT,
            "Rows whose insert was acknowledged: %,d; rows of these in the new table: %,d%s",
            inserted,
            found,
            complete ? "." : ". ROWS ARE MISSING."));
    return (complete ? ExitCode.DONE : ExitCode.TABLES_DIFFER).number();
  }

  private static void say(PrintWriter out, String text) {
    out.println(text);
    out.flush();
  }
}
