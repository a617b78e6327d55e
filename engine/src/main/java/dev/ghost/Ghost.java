package dev.ghost;

import dev.ghost.api.ControlCommand;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.SslMode;
import dev.ghost.internal.migration.AdminCommands;
import dev.ghost.internal.session.Server;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * A database server, and what ghost can do there.
 *
 * <pre>{@code
 * Ghost ghost = Ghost.connect("mysql://app@127.0.0.1:3306/shop").password(secret);
 *
 * MigrationResult result =
 *     ghost.migration("orders").alter("ADD COLUMN note VARCHAR(64)").build().run();
 * }</pre>
 *
 * <p>Immutable and thread-safe. Nothing is connected before something is run; each run opens
 * connections of its own, and closes them.
 *
 * @since 0.1
 */
public final class Ghost {

  private final Access access;

  private Ghost(Access access) {
    this.access = access;
  }

  /**
   * Names a server and a schema of it.
   *
   * @param url {@code mysql://user@host:port/schema}, {@code mariadb://user@host:port/schema} or
   *     {@code postgresql://user@host:port/database}
   */
  public static Ghost connect(String url) {
    return new Ghost(Access.of(url));
  }

  /**
   * Names the server of a caller's pool. Connections are given back with the settings they had;
   * about {@code threads * 2 + 9} are in use at once. The change stream needs a login of its own:
   * it takes {@link #user} and {@link #password}, or those of a HikariDataSource.
   */
  public static Ghost connect(DataSource pool) {
    return new Ghost(Access.of(pool));
  }

  /** Returns the same server for this user, where the URL names none. */
  public Ghost user(String value) {
    return new Ghost(access.withUser(value));
  }

  /** Returns the same server with a password, which is never logged. */
  public Ghost password(String value) {
    return new Ghost(access.withPassword(value));
  }

  /**
   * Returns the same server with all connections protected in this way, the change stream's among
   * them. By default the URL's options or the driver decide.
   */
  public Ghost sslMode(SslMode value) {
    return new Ghost(access.withSslMode(value));
  }

  /**
   * Returns the same server with these authorities trusted. By default those are that Java trusts.
   *
   * @param value a PEM file
   */
  public Ghost sslCa(Path value) {
    return new Ghost(access.withSslCa(value));
  }

  /**
   * Begins the change of a table.
   *
   * <pre>{@code
   * ghost.migration("orders").alter("ADD COLUMN note VARCHAR(64)").build().run();
   * }</pre>
   *
   * @param table with or without its schema; unquoted
   */
  public MigrationBuilder migration(String table) {
    return MigrationBuilder.ofTable(access, table);
  }

  /**
   * Begins the change that a whole statement names.
   *
   * <pre>{@code
   * ghost.statement("ALTER TABLE orders ADD COLUMN note VARCHAR(64)").build().run();
   * }</pre>
   */
  public MigrationBuilder statement(String alterTable) {
    return MigrationBuilder.ofStatement(access, alterTable);
  }

  /**
   * Begins several changes, in the order of a script.
   *
   * <pre>{@code
   * ghost.script("ALTER TABLE orders ADD note TEXT; ALTER TABLE items ADD INDEX (day);").build().run();
   * }</pre>
   *
   * @param sql {@code ALTER TABLE} statements, with semicolons between them
   */
  public ScriptBuilder script(String sql) {
    return new ScriptBuilder(access, sql);
  }

  /**
   * Begins the way back: swaps back to the table that the last change has retired, with every write
   * since, as far as its columns can hold them.
   *
   * <pre>{@code
   * ghost.revert("orders").build().run();
   * }</pre>
   */
  public RevertBuilder revert(String table) {
    return new RevertBuilder(access, table);
  }

  /**
   * Returns what runs on the server, or was interrupted.
   *
   * <pre>{@code
   * ghost.status().forEach(s -> System.out.println(s.table() + ": " + s.phase()));
   * }</pre>
   */
  public List<MigrationStatus> status() {
    try (Server server = access.open(Access.FEW_SESSIONS)) {
      return new AdminCommands(server).status();
    }
  }

  /**
   * Tells the run on a table what to do. The run may be on another machine.
   *
   * <pre>{@code
   * ghost.send("orders", ControlCommand.cutover());
   * }</pre>
   *
   * @return its answer, for people
   * @throws dev.ghost.api.RefusedException if no run is there, or it cannot do that
   */
  public String send(String table, ControlCommand command) {
    try (Server server = access.open(Access.FEW_SESSIONS)) {
      return new AdminCommands(server).send(server.dialect().table(table), command);
    }
  }

  /**
   * Removes what a run on the table has left that died.
   *
   * <pre>{@code
   * ghost.cleanUp("orders").forEach(System.out::println);
   * }</pre>
   *
   * @return what was removed, a line each
   * @throws dev.ghost.api.RefusedException if a run is working on the table
   */
  public List<String> cleanUp(String table) {
    try (Server server = access.open(Access.FEW_SESSIONS)) {
      return new AdminCommands(server).cleanUp(server.dialect().table(table));
    }
  }

  /**
   * Begins to drop tables that cutovers have retired.
   *
   * <pre>{@code
   * ghost.dropRetiredTables().olderThan(Duration.ofDays(7)).run();
   * }</pre>
   */
  public RetiredTableDrop dropRetiredTables() {
    return new RetiredTableDrop(access);
  }

  /** Returns the engine's version; empty for a development build. */
  static Optional<String> version() {
    return Optional.ofNullable(Ghost.class.getPackage().getImplementationVersion());
  }
}
