package dev.ghost.internal.dialect.postgres.server;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server is, and which others write to its tables; as the server itself tells it.
 *
 * @param version the answer of {@code version()}
 * @param address where the server listens, as far as it knows
 * @param standby true while it replays another server's log
 * @param primary the server whose log that is, where this user may see it
 * @param readOnly true when a transaction cannot be made to write
 * @param extensions the names of those that the database has
 */
public record PostgresTopology(
    String version,
    String address,
    boolean standby,
    Optional<String> primary,
    boolean readOnly,
    List<String> extensions) {

  /** By a word of its version, the name of a server that is something else. */
  private static final Map<String, String> LOOKALIKES =
      Map.of(
          "cockroachdb", "CockroachDB",
          "-yb-", "YugabyteDB",
          "yugabyte", "YugabyteDB",
          "redshift", "Redshift",
          "greenplum", "Greenplum",
          "materialize", "Materialize",
          "cratedb", "CrateDB",
          "questdb", "QuestDB",
          "spanner", "Spanner");

  /** With these, several servers take writes for one table. */
  private static final List<String> SEVERAL_WRITERS = List.of("bdr", "pgactive", "spock");

  private static final String PRIMARY =
      """
      SELECT sender_host || COALESCE(':' || sender_port, '') FROM pg_stat_wal_receiver
       WHERE sender_host IS NOT NULL
       UNION ALL
      SELECT concat_ws(':', substring(setting FROM 'host=''?([^ '']+)'), substring(setting FROM 'port=''?(\\d+)'))
        FROM pg_settings
       WHERE name = 'primary_conninfo' AND setting LIKE '%host=%'
      """;

  /** Asks a server, in a transaction that has done nothing yet and is rolled back. */
  public static PostgresTopology read(Connection c) throws SQLException {
    String version = Sql.string(c, "SELECT version()");
    PostgresTopology alone =
        new PostgresTopology(version, "", false, Optional.empty(), false, List.of());
    if (alone.lookalike().isPresent()) {
      return alone;
    }
    Sql.execute(c, "SET LOCAL statement_timeout = 0");
    String address =
        Sql.string(
            c,
            "SELECT COALESCE(host(inet_server_addr()) || ':' || inet_server_port(), 'The server')");
    boolean standby = Sql.yes(c, "SELECT pg_is_in_recovery()");
    Optional<String> primary =
        standby ? Sql.strings(c, PRIMARY).stream().findFirst() : Optional.empty();
    List<String> extensions = Sql.strings(c, "SELECT extname FROM pg_extension ORDER BY 1");
    c.rollback();
    return new PostgresTopology(
        version, address, standby, primary, !standby && cannotWrite(c), extensions);
  }

  /** What only a default forbids is allowed by asking for it. */
  private static boolean cannotWrite(Connection c) throws SQLException {
    Sql.execute(c, "SET TRANSACTION READ WRITE");
    boolean readOnly = Sql.yes(c, "SELECT current_setting('transaction_read_only')::boolean");
    c.rollback();
    return readOnly;
  }

  /**
   * Returns why a change could lose rows here; empty when it could not.
   *
   * @param assumeOneWriter true when the user says that all writes to the table come to this server
   */
  public Optional<RefusedException> refusal(boolean assumeOneWriter) {
    return lookalike()
        .map(PostgresTopology::refuse)
        .or(this::refuseReadOnly)
        .or(() -> assumeOneWriter ? Optional.empty() : refuseSeveralWriters());
  }

  private Optional<String> lookalike() {
    String said = version.toLowerCase(Locale.ROOT);
    return LOOKALIKES.keySet().stream()
        .filter(said::contains)
        .map(LOOKALIKES::get)
        .findFirst()
        .or(() -> said.startsWith("postgresql ") ? Optional.empty() : Optional.of(version));
  }

  private static RefusedException refuse(String other) {
    return new RefusedException(
        "This is %s, not PostgreSQL: it has no logical decoding that ghost could rely on."
            .formatted(other),
        "Run the ALTER TABLE directly.");
  }

  private Optional<RefusedException> refuseReadOnly() {
    if (standby) {
      return Optional.of(
          new RefusedException(
              "%s is a standby, which is read-only.".formatted(address),
              "Connect to the primary%s.".formatted(primary.map(p -> ", " + p).orElse(""))));
    }
    return readOnly
        ? Optional.of(
            new RefusedException(
                "%s is read-only: it takes no transaction that writes.".formatted(address),
                "Connect to the server that the application writes to."))
        : Optional.empty();
  }

  private Optional<RefusedException> refuseSeveralWriters() {
    return extensions.stream()
        .filter(SEVERAL_WRITERS::contains)
        .findFirst()
        .map(
            extension ->
                new RefusedException(
                    "%s has the extension %s, with which several servers take writes. The lock of the cutover holds on this one only; rows that are written on another one meanwhile can be lost."
                        .formatted(address, extension),
                    "Have the extension make the change on all servers, or add"
                        + " --assume-one-writer, if all writes to the table come to this server."));
  }
}
