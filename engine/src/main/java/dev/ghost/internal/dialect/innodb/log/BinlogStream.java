package dev.ghost.internal.dialect.innodb.log;

import com.github.shyiko.mysql.binlog.network.AuthenticationException;
import com.github.shyiko.mysql.binlog.network.ServerException;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.innodb.connector.Watched;
import dev.ghost.internal.dialect.innodb.server.Grants;
import dev.ghost.internal.dialect.innodb.server.JdbcAddress;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.session.SqlErrors;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The binary log through Debezium, for one migration or several. */
public abstract class BinlogStream implements StreamSpec {

  /** ER_XAER_RMERR. */
  private static final int MAY_NOT_SEE = 1401;

  private final ServerAddress address;
  private final List<BinlogTable> tables;
  private final String prefix = "ghost_%08x".formatted(ThreadLocalRandom.current().nextInt());

  protected BinlogStream(ServerAddress address, List<BinlogTable> tables) {
    this.address = address;
    this.tables = List.copyOf(tables);
  }

  /** The settings that only this product's connector has; the connector's class above all. */
  protected abstract Map<String, String> productSettings(ServerAddress server);

  /**
   * The tables whose changes must be logged as whole rows.
   *
   * @param butGenerated true where whole rows are without generated columns
   */
  protected final Watched watched(boolean butGenerated) {
    Map<TableName, Set<Integer>> omitted = new LinkedHashMap<>();
    tables.stream()
        .flatMap(t -> t.delivered().keySet().stream())
        .forEach(t -> omitted.put(t.name(), butGenerated ? t.generatedPlaces() : Set.of()));
    return new Watched(omitted);
  }

  /** Where the log ends now, in Debezium's terms. */
  protected abstract Map<String, Object> end(Connection connection) throws SQLException;

  /** True when the server has all of the log from there on. */
  protected abstract boolean has(Connection connection, Map<String, ?> offset) throws SQLException;

  /** True when a log of this name is there. */
  protected static boolean hasFile(Connection c, @Nullable String file) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW BINARY LOGS")) {
      while (rs.next()) {
        if (rs.getString(1).equals(file)) {
          return true;
        }
      }
      return false;
    }
  }

  /** True when, of two places in one server's log, the first comes before the other. */
  protected abstract boolean before(Connection connection, Map<String, ?> a, Map<String, ?> b)
      throws SQLException;

  /** By the log's file, whose number grows, and the place in it. */
  protected static boolean beforeInFile(Map<String, ?> a, Map<String, ?> b) {
    int files = Long.compare(number(a), number(b));
    return files < 0 || (files == 0 && place(a) < place(b));
  }

  private static long number(Map<String, ?> offset) {
    if (!(offset.get("file") instanceof String file)) {
      throw new IllegalArgumentException("no place in a file of the log: " + offset);
    }
    return Long.parseLong(file.substring(file.lastIndexOf('.') + 1));
  }

  private static long place(Map<String, ?> offset) {
    if (!(offset.get("pos") instanceof Number place)) {
      throw new IllegalArgumentException("no place in a file of the log: " + offset);
    }
    return place.longValue();
  }

  @Override
  public Optional<SQLException> whyUnreachable() {
    try {
      DriverManager.getConnection(JdbcAddress.url(address), JdbcAddress.properties(address))
          .close();
      return Optional.empty();
    } catch (SQLException e) {
      return Optional.of(e);
    }
  }

  @Override
  public Map<String, String> connector() {
    Map<String, String> config = new HashMap<>();
    config.put("topic.prefix", prefix);
    config.put("database.hostname", address.host());
    config.put(
        "database.port",
        Integer.toString(address.port() == 0 ? JdbcAddress.DEFAULT_PORT : address.port()));
    config.put("database.user", address.user());
    config.put("database.password", address.password());
    // Any number that no replica has; the server ends a stream when another comes with the same
    // one.
    config.put(
        "database.server.id",
        Long.toString(ThreadLocalRandom.current().nextLong(1L << 30, (1L << 32) - 1)));
    address.options().forEach((name, value) -> config.put("driver." + name, value));
    config.put("driver.allowPublicKeyRetrieval", "true");
    config.put("driver.sessionVariables", JdbcAddress.sessionVariables(address));
    store("trustCertificateKeyStore", "truststore", config);
    store("clientCertificateKeyStore", "keystore", config);

    Map<TableName, LoggedTable> logged = logged();
    config.put(
        "database.include.list",
        list(logged.keySet().stream().map(t -> BinlogTable.pattern(t.schema()))));
    config.put("table.include.list", list(logged.values().stream().map(LoggedTable::pattern)));
    config.put("column.include.list", list(logged.values().stream().flatMap(LoggedTable::columns)));
    config.put("include.schema.changes", "true");

    // No snapshot and no locks: we give the position, and the tables' definitions.
    config.put("snapshot.mode", "never");
    config.put("snapshot.locking.mode", "none");
    config.put("schema.history.internal", SeededSchema.class.getName());
    config.put(SeededSchema.SCHEMA, tables.get(0).names().source().schema());
    config.put(
        SeededSchema.DEFINITIONS,
        logged.values().stream().map(LoggedTable::definition).collect(Collectors.joining(";\n")));
    config.put("schema.history.internal.store.only.captured.tables.ddl", "true");
    config.put("schema.history.internal.skip.unparseable.ddl", "true");
    config.put("inconsistent.schema.handling.mode", "fail");

    config.put("converters", "ghost");
    config.put("ghost.type", KeyConverter.class.getName());
    config.put("max.queue.size", "16384");
    config.put("max.batch.size", Integer.toString(BATCH));
    config.put("poll.interval.ms", "50");
    // The reader would connect again by itself, and take any certificate then: that is ours to do.
    config.put("connect.keep.alive", "false");
    config.putAll(productSettings(address));
    return config;
  }

  /** One table can be the source of one migration, and be referred to by the source of another. */
  private Map<TableName, LoggedTable> logged() {
    Map<TableName, LoggedTable> logged = new LinkedHashMap<>();
    for (BinlogTable table : tables) {
      table
          .delivered()
          .forEach(
              (t, columns) -> logged.merge(t.name(), LoggedTable.of(t, columns), LoggedTable::and));
      logged.put(table.names().control(), LoggedTable.ofMarkers(table.names().control()));
    }
    return logged;
  }

  private static String list(Stream<String> patterns) {
    return patterns.distinct().collect(Collectors.joining(","));
  }

  /** The binary log's own connection takes the certificates that the driver's options name. */
  private void store(String option, String store, Map<String, String> config) {
    String file = address.options().getOrDefault(option + "Url", "");
    if (!file.isEmpty()) {
      config.put(
          "database.ssl." + store, file.startsWith("file:") ? URI.create(file).getPath() : file);
      config.put(
          "database.ssl." + store + ".password",
          address.options().getOrDefault(option + "Password", ""));
    }
  }

  @Override
  public Position open(Connection c) throws SQLException {
    return position(end(c));
  }

  /** Anyone who may not see any had none to see when the run began: {@link Grants} asks for it. */
  @Override
  public Set<String> undecided(Connection c) throws SQLException {
    Set<String> undecided = new LinkedHashSet<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("XA RECOVER")) {
      while (rs.next()) {
        String name = HexFormat.of().formatHex(rs.getBytes(4));
        int parted = 2 * rs.getInt(2);
        undecided.add(
            "X'%s',X'%s',%d"
                .formatted(name.substring(0, parted), name.substring(parted), rs.getLong(1)));
      }
    } catch (SQLException e) {
      if (e.getErrorCode() != MAY_NOT_SEE) {
        throw e;
      }
    }
    return undecided;
  }

  @Override
  public ErrorClass classify(@Nullable Throwable failure) {
    if (SqlErrors.first(failure, AuthenticationException.class::isInstance).isPresent()) {
      return ErrorClass.LOGIN;
    }
    return SqlErrors.first(failure, ServerException.class::isInstance)
        .map(ServerException.class::cast)
        .map(e -> new SQLException(e.getMessage(), e.getSqlState(), e.getErrorCode()))
        .or(() -> SqlErrors.sql(failure))
        .map(InnodbErrors::classOf)
        .orElse(ErrorClass.OTHER);
  }

  @Override
  public Position reopen(Connection c, List<Map<String, ?>> offsets) throws SQLException {
    Map<String, ?> offset = offsets.get(0);
    for (Map<String, ?> other : offsets) {
      offset = before(c, other, offset) ? other : offset;
    }
    if (!has(c, offset)) {
      throw new RefusedException(
          "The server has purged the binary log that the earlier run was at (%s): changes made since then are not known."
              .formatted(offset.get("file")),
          "Begin again, with --start-over; the source is untouched.");
    }
    return position(offset);
  }

  private Position position(Map<String, ?> offset) {
    return new Position(Map.of("server", prefix), offset);
  }
}
