package dev.ghost;

import com.zaxxer.hikari.HikariDataSource;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationListener;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.MigrationResult;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.SslMode;
import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import dev.ghost.cutover.Cutover;
import dev.ghost.dialect.Dialect;
import dev.ghost.migration.AdminCommands;
import dev.ghost.migration.CutoverGroup;
import dev.ghost.migration.Migration;
import dev.ghost.migration.Operation;
import dev.ghost.migration.Reversal;
import dev.ghost.migration.Settings;
import dev.ghost.migration.report.RunLog;
import dev.ghost.request.AlterRequest;
import dev.ghost.request.ServerAddress;
import dev.ghost.request.TableName;
import dev.ghost.session.Server;
import dev.ghost.throttle.TimeWindow;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * One migration of one table, as a library.
 *
 * <pre>{@code
 * MigrationResult result =
 *     Ghost.migration()
 *         .url("mysql://app@127.0.0.1:3306/shop")
 *         .password(secret)
 *         .table("orders")
 *         .alter("ADD COLUMN note VARCHAR(64)")
 *         .build()
 *         .run();
 * }</pre>
 *
 * <p>A migration is run once. {@link #run} blocks; {@link #cancel} and {@link #stop} may be called
 * from any thread.
 */
public final class Ghost {

  private final Builder settings;
  private final String statement;
  private final MigrationListener listener;
  private final Optional<CutoverGroup> group;

  // Guarded by this.
  private Operation operation;

  /** A command that came before the run was there to take it. */
  private Consumer<Operation> early = m -> {};

  /**
   * @param statement null for what the settings say
   * @param group the others that are swapped at the same moment, where there are any
   */
  Ghost(
      Builder settings,
      String statement,
      MigrationListener listener,
      Optional<CutoverGroup> group) {
    this.settings = settings;
    this.statement = statement;
    this.listener = listener;
    this.group = group;
  }

  public static Builder migration() {
    return new Builder();
  }

  /**
   * Migrates the table: copies, replays, verifies, swaps; or takes the last change back, where that
   * is asked for.
   *
   * @throws dev.ghost.api.GhostException if it cannot be done; the source is untouched then
   */
  public MigrationResult run() {
    RunLog.Course course = course("The run");
    MigrationResult made;
    try (Server server = settings.safeServer()) {
      made = begin(server).run();
    } catch (GhostException e) {
      throw course.failed(e);
    }
    return course.done(made);
  }

  /**
   * Says what {@link #run} would do. Creates an empty ghost, to let the server apply the change to
   * it, and drops it again; the source is only read.
   *
   * @throws dev.ghost.api.GhostException if it would be refused
   */
  public MigrationPlan plan() {
    RunLog.Course course = course("The plan");
    MigrationPlan plan;
    try (Server server = settings.safeServer()) {
      plan = begin(server).plan();
    } catch (GhostException e) {
      throw course.failed(e);
    }
    return course.done(plan);
  }

  /** Ends the migration soon, and has it clean up; without effect once the tables are swapped. */
  public void cancel() {
    tell(Operation::cancel);
  }

  /**
   * Ends the migration soon, and keeps what it has copied: the same migration, built and run again,
   * continues there. Without effect once the tables are swapped.
   */
  public void stop() {
    tell(Operation::stop);
  }

  private synchronized void tell(Consumer<Operation> command) {
    if (operation == null) {
      early = command;
    } else {
      command.accept(operation);
    }
  }

  private synchronized Operation begin(Server server) {
    operation = settings.operation(server, statement, listener, group);
    early.accept(operation);
    return operation;
  }

  private RunLog.Course course(String what) {
    return RunLog.begins(
        settings.table == null ? what : "%s of %s".formatted(what, settings.table), version());
  }

  /** The engine's version; null for a development build. */
  static String version() {
    return Ghost.class.getPackage().getImplementationVersion();
  }

  /** Collects what a migration needs. Not thread-safe. */
  public static final class Builder {

    private String url;
    private String user;
    private String password = "";
    private DataSource dataSource;
    private Optional<SslMode> sslMode = Optional.empty();
    private Optional<Path> sslCa = Optional.empty();
    private String table;
    private String alter;
    private String statement;
    private final Map<String, String> expressions = new LinkedHashMap<>();
    private MigrationListener listener = new MigrationListener() {};
    private Strategy strategy = Strategy.AUTO;
    private Duration chunkTime = Duration.ofMillis(500);
    private int threads = 2;
    private Duration lockTimeout = Duration.ofSeconds(1);
    private Duration drainTimeout = Duration.ofSeconds(3);
    private Optional<Duration> maxStall = Optional.empty();
    private int cutoverTries = 60;
    private boolean verify = true;
    private boolean dropRetired;
    private Optional<String> retiredTable = Optional.empty();
    private boolean revert;
    private boolean dropInSlices;
    private Optional<Duration> keepInStep = Optional.empty();
    private boolean startOver;
    private Set<String> acceptedDifferences = Set.of();
    private Set<String> acceptedPublications = Set.of();
    private long pendingBytes = Runtime.getRuntime().maxMemory() / 4;
    private long maxLog = 32L << 30;
    private long maxDisk = Long.MAX_VALUE;
    private Optional<Duration> maxDuration = Optional.empty();
    private Duration longTransaction = Duration.ofMinutes(1);
    private Optional<Duration> endBlockersAfter = Optional.empty();
    private Map<String, Double> maxLoad = Map.of();
    private Map<String, Double> criticalLoad = Map.of();
    private String throttleQuery = "";
    private Path throttleFile;
    private Optional<URI> throttleHttp = Optional.empty();
    private double nice;
    private double maxRows;
    private boolean fullSpeed;
    private boolean discoverReplicas;
    private Duration maxLag = Duration.ofSeconds(5);
    private final List<String> replicas = new ArrayList<>();
    private Optional<TimeWindow> copyWindow = Optional.empty();
    private Optional<TimeWindow> cutoverWindow = Optional.empty();
    private boolean postponeCutover;
    private Duration verifyEvery = Duration.ofHours(1);
    private boolean assumeOneWriter;

    private Builder() {}

    /** The server and schema: {@code mysql://user@host:port/schema}. */
    public Builder url(String value) {
      url = value;
      return this;
    }

    /** The user, where the URL names none. */
    public Builder user(String value) {
      user = value;
      return this;
    }

    public Builder password(String value) {
      password = Objects.requireNonNull(value);
      return this;
    }

    /**
     * How all connections are protected, the change stream's among them; as the URL's options say,
     * or as the driver likes, unless told.
     */
    public Builder sslMode(SslMode value) {
      sslMode = Optional.of(value);
      return this;
    }

    /** The authorities that are trusted, a PEM file; those that Java trusts, unless told. */
    public Builder sslCa(Path value) {
      sslCa = Optional.of(value);
      return this;
    }

    /**
     * Takes connections from a pool of the caller's. They are given back with the settings they
     * had; about {@code threads * 2 + 9} are in use at once. The change stream needs a login of its
     * own: it takes user and password given here, or those of a {@link HikariDataSource}.
     */
    public Builder dataSource(DataSource value) {
      dataSource = value;
      return this;
    }

    /** The table, with or without its schema; unquoted. */
    public Builder table(String value) {
      table = value;
      return this;
    }

    /** The change: what follows {@code ALTER TABLE name}. */
    public Builder alter(String value) {
      alter = value;
      return this;
    }

    /** In place of table and change: a whole {@code ALTER TABLE} statement. */
    public Builder statement(String value) {
      statement = value;
      return this;
    }

    /**
     * Fills a column of the new schema from an expression over the table's present columns: in the
     * copy, the replay and the verification alike. It must depend on its own row only, and be
     * deterministic, as that of a stored generated column; anything else is refused.
     */
    public Builder set(String column, String expression) {
      expressions.put(column, Objects.requireNonNull(expression));
      return this;
    }

    public Builder listener(MigrationListener value) {
      listener = Objects.requireNonNull(value);
      return this;
    }

    /** Who is to make the change; {@link Strategy#AUTO}. */
    public Builder strategy(Strategy value) {
      strategy = Objects.requireNonNull(value);
      return this;
    }

    /** How long a chunk should take; 500 ms unless told otherwise. */
    public Builder chunkTime(Duration value) {
      chunkTime = positive("--chunk-time", value);
      return this;
    }

    /** How many chunks are copied at once, and how many workers replay changes; 2 each. */
    public Builder threads(int value) {
      if (value < 1 || value > Settings.MOST_THREADS) {
        throw new UsageException(
            "--threads is %d, and must be from 1 to %d.".formatted(value, Settings.MOST_THREADS),
            "Give a number in that range.");
      }
      threads = value;
      return this;
    }

    /** How long the application may queue behind the cutover's wait for its lock; 1 s. */
    public Builder lockTimeout(Duration value) {
      lockTimeout = positive("--lock-timeout", value);
      return this;
    }

    /** How long the last changes may take to arrive under the lock; 3 s. */
    public Builder drainTimeout(Duration value) {
      drainTimeout = positive("--drain-timeout", value);
      return this;
    }

    /**
     * How long one transaction of the application may wait for the cutover, over all its tries;
     * twice the lock timeout. A try gets no more time than that, whatever the other limits are.
     */
    public Builder maxStall(Duration value) {
      maxStall = Optional.of(positive("the longest stall", value));
      return this;
    }

    /** How often the cutover is tried; 60. */
    public Builder cutoverTries(int value) {
      if (value < 1) {
        throw new UsageException(
            "--cutover-tries is %d, and must be at least 1.".formatted(value),
            "Give a larger number.");
      }
      cutoverTries = value;
      return this;
    }

    /** Whether the tables are compared before the cutover; true. */
    public Builder verify(boolean value) {
      verify = value;
      return this;
    }

    /**
     * In place of a change: swaps back to the table that the last one has retired, with every write
     * since, as far as its columns can hold them. {@link #set} fills its columns from those of the
     * present table, where a change has computed new ones from them.
     */
    public Builder revert() {
      revert = true;
      return this;
    }

    /**
     * For how long after the cutover the retired table is kept in step with the new one, so that
     * {@link #revert} takes no longer than a cutover; {@link #run} returns after that. Not at all,
     * unless told.
     */
    public Builder keepInStep(Duration value) {
      keepInStep = Optional.of(positive("--keep-in-step", value));
      return this;
    }

    /** Whether the former source is dropped at the end; false. */
    public Builder dropRetired(boolean value) {
      dropRetired = value;
      return this;
    }

    /**
     * The name of the former source after the cutover, in the same schema; the table's own with
     * {@code _old} behind it, unless told. {@link #revert}, {@link #dropRetiredTables} and a later
     * run find the table under this name by themselves.
     */
    public Builder retiredTable(String name) {
      retiredTable = Optional.of(name);
      return this;
    }

    /**
     * Whether {@link #dropRetiredTables} deletes the rows before, in small transactions; MySQL and
     * MariaDB. False: only on MySQL before 8.0.23, where to drop a large table keeps all sessions
     * waiting.
     */
    public Builder dropInSlices(boolean value) {
      dropInSlices = value;
      return this;
    }

    /**
     * Whether to begin again where an earlier run of the same change has left a checkpoint; false:
     * it is resumed.
     */
    public Builder startOver(boolean value) {
      startOver = value;
      return this;
    }

    /**
     * Accepts that these columns of the new table get other values than the server's own ALTER
     * would give them. Without it, a difference in the sample that is compared refuses the run.
     *
     * @param columns as they are called after the change
     */
    public Builder acceptDifference(String... columns) {
      acceptedDifferences = Set.of(columns);
      return this;
    }

    /**
     * Accepts that what ghost writes to its own tables is sent to anyone who reads these
     * publications (PostgreSQL, FOR ALL TABLES). Without it, the run is refused where a replication
     * slot could be for one: a subscriber stops at a table that it does not have.
     */
    public Builder acceptPublication(String... names) {
      acceptedPublications = Set.copyOf(List.of(names));
      return this;
    }

    Set<String> acceptedPublications() {
      return acceptedPublications;
    }

    /** Heap for changed keys that wait to be applied, in bytes; a quarter of the heap. */
    public Builder pendingBytes(long value) {
      pendingBytes = value;
      return this;
    }

    /**
     * Bytes of log that the server may have to keep for the change stream, where it keeps any
     * (PostgreSQL); more stops the run. 32 GB.
     */
    public Builder maxLog(long value) {
      maxLog = room("--max-log", value);
      return this;
    }

    /** Bytes that the ghost may take, indexes included; more stops the run. No limit. */
    public Builder maxDisk(long value) {
      maxDisk = room("--max-disk", value);
      return this;
    }

    /** How long the run may take, the wait for its cutover included; more stops it. No limit. */
    public Builder maxDuration(Duration value) {
      maxDuration = Optional.of(positive("--max-duration", value));
      return this;
    }

    /**
     * How long a transaction may hold a lock on the table before its session is named in a warning,
     * and in the status: the cutover would have to wait for it; 1 min.
     */
    public Builder longTransaction(Duration value) {
      longTransaction = positive("--long-transaction", value);
      return this;
    }

    /**
     * How long after the first try at the cutover the sessions are ended that are in its way, by
     * name; each is told to the listener. Never, unless told. A stock MariaDB does not say who
     * holds a lock, and then nobody is ended.
     */
    public Builder cutoverKillBlockersAfter(Duration value) {
      endBlockersAfter = Optional.of(positive("--cutover-kill-blockers-after", value));
      return this;
    }

    /**
     * Holds copy and comparison while a figure of the server's load is beyond its limit: a status
     * variable of MySQL or MariaDB, such as {@code Threads_running}; on PostgreSQL {@code
     * active_backends}, {@code waiting_backends} or {@code idle_in_transaction}. The replay goes
     * on.
     */
    public Builder maxLoad(Map<String, Double> limits) {
      maxLoad = Map.copyOf(limits);
      return this;
    }

    /** As {@link #maxLoad}, with limits beyond which the migration ends. */
    public Builder criticalLoad(Map<String, Double> limits) {
      criticalLoad = Map.copyOf(limits);
      return this;
    }

    /** Holds copy and comparison while the first value of a query is not zero. */
    public Builder throttleQuery(String sql) {
      throttleQuery = Objects.requireNonNull(sql);
      return this;
    }

    /**
     * Holds copy and comparison while this address answers a HEAD request with anything but 200, or
     * does not answer within a second.
     */
    public Builder throttleHttp(URI address) {
      if (!List.of("http", "https").contains(String.valueOf(address.getScheme()))) {
        throw new UsageException(
            "'%s' is no address that can be asked.".formatted(address),
            "Write it as http://host:port/path.");
      }
      throttleHttp = Optional.of(address);
      return this;
    }

    /**
     * Whether the server is asked for its replicas, which then count as if they were given; false.
     * MySQL and MariaDB: those with {@code report_host}, under the login of the server itself.
     */
    public Builder discoverReplicas(boolean value) {
      discoverReplicas = value;
      return this;
    }

    /**
     * Holds copy and comparison while this replica is too far behind, or cannot be asked; may be
     * called again for others. Without a user in it, the login is that of {@link #url}.
     */
    public Builder replica(String url) {
      replicas.add(url);
      return this;
    }

    /** How far a {@link #replica} may be behind; 5 s. */
    public Builder maxLag(Duration value) {
      maxLag = positive("--max-lag", value);
      return this;
    }

    /** Holds copy and comparison while a file of this machine is there. */
    public Builder throttleFile(Path file) {
      throttleFile = Objects.requireNonNull(file);
      return this;
    }

    /** How long to rest after a chunk, as a multiple of the time it took; 0. */
    public Builder nice(double ratio) {
      if (ratio < 0 || ratio > 100) {
        throw new UsageException(
            "--nice is %s, and must be from 0 to 100.".formatted(ratio),
            "It is a multiple of a chunk's time: with 1, ghost rests as long as it copies.");
      }
      nice = ratio;
      return this;
    }

    /**
     * Copies and compares as fast as it can, whatever the application feels of it. By default, and
     * for as long as others are at work on the server, chunks are small and there are rests between
     * them; how long those are depends on how much longer a commit takes beside a chunk than in a
     * rest.
     */
    public Builder fullSpeed(boolean value) {
      fullSpeed = value;
      return this;
    }

    /** Copies, and compares, no more rows a second; 0, the default, is no limit. */
    public Builder maxRowsPerSecond(double rows) {
      if (rows < 0) {
        throw new UsageException(
            "--max-rows-per-second is %s, and cannot be negative.".formatted(rows),
            "Give 0 for no limit.");
      }
      maxRows = rows;
      return this;
    }

    /**
     * Copies and compares only at this time of the day, such as {@code 22:00-04:30}, by the clock
     * of this machine.
     */
    public Builder copyWindow(String window) {
      copyWindow = Optional.of(TimeWindow.parse(window));
      return this;
    }

    /** Cuts over only at this time of the day. */
    public Builder cutoverWindow(String window) {
      cutoverWindow = Optional.of(TimeWindow.parse(window));
      return this;
    }

    /**
     * Whether the cutover waits for {@link ControlCommand.Kind#CUTOVER}, verified and in step;
     * false.
     */
    public Builder postponeCutover(boolean value) {
      postponeCutover = value;
      return this;
    }

    /** How long after a comparison the tables are compared again, while the cutover waits; 1 h. */
    public Builder verifyEvery(Duration value) {
      verifyEvery = positive("--verify-every", value);
      return this;
    }

    /**
     * Whether all writes to the table come to this server, although it is one of several that take
     * writes; false. Without it a Galera cluster, a group with several primaries, a writable
     * replica and the like are refused.
     */
    public Builder assumeOneWriter(boolean value) {
      assumeOneWriter = value;
      return this;
    }

    /**
     * Checks that nothing is missing.
     *
     * @throws UsageException if something is
     */
    public Ghost build() {
      checkServer();
      if (revert && (table == null || alter != null || statement != null)) {
        throw new UsageException("A revert needs a table, and no change.", "Give --table.");
      }
      if (revert && retiredTable.isPresent()) {
        throw new UsageException(
            "A revert takes the table that was retired last, whatever its name is.",
            "Leave --retired-table out.");
      }
      if (dropRetired && keepInStep.isPresent()) {
        throw new UsageException(
            "A table that is dropped cannot be kept in step.",
            "Leave --drop-retired out, or --keep-in-step.");
      }
      if (!revert && (statement == null) == (table == null || alter == null)) {
        throw new UsageException(
            "Give either a table and a change, or a statement.",
            "--table orders --alter \"ADD COLUMN ...\", or --statement \"ALTER TABLE orders ADD"
                + " COLUMN ...\"");
      }
      return new Ghost(this, statement, listener, Optional.empty());
    }

    /**
     * Instead of one migration: several, in the order of a script of {@code ALTER TABLE}
     * statements, with these settings for each.
     *
     * @param script the statements, with semicolons between them
     * @throws UsageException if something is missing, or is for one table only
     */
    public Script script(String script) {
      checkServer();
      if (revert || table != null || alter != null || statement != null) {
        throw new UsageException(
            "A script names its tables and changes itself.",
            "Leave --table, --alter and --statement out.");
      }
      if (!expressions.isEmpty() || keepInStep.isPresent() || retiredTable.isPresent()) {
        throw new UsageException(
            "A script takes no --set, no --keep-in-step and no --retired-table: they are for one"
                + " table.",
            "Run that statement by itself.");
      }
      return new Script(this, script, listener);
    }

    private void checkServer() {
      access();
      if (sslCa.isPresent() && sslMode.filter(m -> m.compareTo(SslMode.VERIFY_CA) >= 0).isEmpty()) {
        throw new UsageException(
            "Authorities are trusted only where the server is verified.",
            "Give --ssl-mode VERIFY_CA or VERIFY_IDENTITY as well.");
      }
    }

    /**
     * Instead of a migration: removes what a run on the table has left that died. Needs the server
     * and the table only.
     *
     * @return what was removed, a line each
     * @throws dev.ghost.api.RefusedException if a run is working on the table
     */
    public List<String> cleanUp() {
      try (Server server = server()) {
        return new AdminCommands(server).cleanUp(named(server));
      }
    }

    /**
     * Instead of a migration: drops tables that cutovers have retired; those of {@link #table}
     * only, where one is given.
     *
     * @param olderThan retired longer ago than that
     * @param dryRun only tells
     * @return what was dropped, or would be, a line each
     * @throws dev.ghost.api.StoppedException if one of them is in use
     */
    public List<String> dropRetiredTables(Duration olderThan, boolean dryRun) {
      try (Server server = server()) {
        return new AdminCommands(server)
            .dropRetired(
                Optional.ofNullable(table).map(server.dialect()::table),
                olderThan,
                dropInSlices,
                dryRun);
      }
    }

    /** Instead of a migration: what runs on the server, or was interrupted. */
    public List<MigrationStatus> status() {
      try (Server server = server()) {
        return new AdminCommands(server).status();
      }
    }

    /**
     * Instead of a migration: tells the run on the table what to do. Needs the server and the table
     * only.
     *
     * @return its answer, for people
     * @throws dev.ghost.api.RefusedException if no run is there, or it cannot do that
     */
    public String send(ControlCommand command) {
      try (Server server = server()) {
        return new AdminCommands(server).send(named(server), command);
      }
    }

    private TableName named(Server server) {
      if (table == null) {
        throw new UsageException("No table is given.", "Give --table.");
      }
      return server.dialect().table(table);
    }

    private Server server() {
      return access().server(Settings.MOST_THREADS + threads + 10);
    }

    /** Returns a server for what changes tables or plans to: not one where rows could be lost. */
    Server safeServer() {
      Server server = server();
      try {
        Access.refuseUnsafe(server, assumeOneWriter);
        RunLog.server(server.driver().product(), server.address());
        return server;
      } catch (RuntimeException | Error e) {
        server.close();
        throw e;
      }
    }

    private Access access() {
      if (url == null && dataSource == null) {
        throw new UsageException("No server is given.", "Give --url mysql://user@host/schema.");
      }
      return new Access(url, user, password, dataSource, sslMode, sslCa);
    }

    private Operation operation(
        Server server, String statement, MigrationListener listener, Optional<CutoverGroup> group) {
      return revert
          ? new Reversal(server, named(server), expressions, settings(server.address()), listener)
          : new Migration(
              server,
              request(server.dialect(), statement),
              settings(server.address()),
              listener,
              group);
    }

    private AlterRequest request(Dialect dialect, String statement) {
      AlterRequest request =
          statement != null ? dialect.parse(statement) : dialect.parse(table, alter);
      return request.withExpressions(expressions).withRetired(retiredTable);
    }

    private List<ServerAddress> replicaAddresses(ServerAddress primary) {
      return replicas.stream()
          .map(ServerAddress::parse)
          .map(access()::secured)
          .map(r -> r.withLogin(r.user().isEmpty() ? primary.user() : r.user(), primary.password()))
          .map(r -> r.database().isEmpty() ? r.withDatabase(primary.database()) : r)
          .toList();
    }

    private Settings settings(ServerAddress primary) {
      return new Settings(
          strategy,
          chunkTime,
          threads,
          threads,
          pendingBytes,
          new Settings.Limits(maxLog, maxDisk, maxDuration, longTransaction),
          verify,
          dropRetired,
          startOver,
          acceptedDifferences,
          acceptedPublications,
          new Settings.Throttling(
              maxLoad,
              criticalLoad,
              throttleQuery,
              throttleHttp,
              Optional.ofNullable(throttleFile),
              maxLag,
              replicaAddresses(primary),
              discoverReplicas,
              copyWindow,
              nice,
              maxRows,
              fullSpeed),
          postponeCutover,
          verifyEvery,
          cutoverWindow,
          keepInStep,
          new Cutover.Settings(
              lockTimeout,
              drainTimeout,
              maxStall.orElse(lockTimeout.multipliedBy(2)),
              cutoverTries,
              endBlockersAfter));
    }

    private static long room(String option, long bytes) {
      if (bytes <= 0) {
        throw new UsageException(
            "%s is %d bytes, and must be more than 0.".formatted(option, bytes),
            "Give a size such as 500MB or 20GB.");
      }
      return bytes;
    }

    private static Duration positive(String option, Duration value) {
      if (value.isZero() || value.isNegative()) {
        throw new UsageException(
            "%s is %s, and must be more than 0.".formatted(option, value),
            "Give a time such as 500ms, 2s or 1m.");
      }
      return value;
    }
  }
}
