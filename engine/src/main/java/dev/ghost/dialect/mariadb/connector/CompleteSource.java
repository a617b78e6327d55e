package dev.ghost.dialect.mariadb.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.MariadbGtidEventData;
import com.github.shyiko.mysql.binlog.event.QueryEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import dev.ghost.api.MigrationException;
import io.debezium.connector.binlog.jdbc.BinlogConnectorConnection;
import io.debezium.connector.mariadb.MariaDbConnectorConfig;
import io.debezium.connector.mariadb.MariaDbDatabaseSchema;
import io.debezium.connector.mariadb.MariaDbOffsetContext;
import io.debezium.connector.mariadb.MariaDbPartition;
import io.debezium.connector.mariadb.MariaDbStreamingChangeEventSource;
import io.debezium.connector.mariadb.MariaDbTaskContext;
import io.debezium.connector.mariadb.metrics.MariaDbStreamingChangeEventSourceMetrics;
import io.debezium.pipeline.ErrorHandler;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.relational.TableId;
import io.debezium.snapshot.SnapshotterService;
import io.debezium.util.Clock;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The binary log, read as the package says. Debezium's thread. */
final class CompleteSource extends MariaDbStreamingChangeEventSource {

  /** In the {@code query} of a change's source block: its transaction is only prepared. */
  private static final String PREPARED = "XA PREPARE";

  /** FL_PREPARED_XA of a GTID event. */
  private static final int PREPARED_XA = 64;

  private static final Pattern COMMENTS =
      Pattern.compile("(?s)^(\\s+|/\\*.*?\\*/|--[^\\n]*|#[^\\n]*)+");
  private static final Pattern CHANGES =
      Pattern.compile("(?is)^(insert|update|delete|replace|load|with|set\\s+statement)\\b.*");

  /** Schema and name of each in turn. */
  private final List<String> watched;

  CompleteSource(
      MariaDbConnectorConfig config,
      BinlogConnectorConnection connection,
      EventDispatcher<MariaDbPartition, TableId> dispatcher,
      ErrorHandler errors,
      Clock clock,
      MariaDbTaskContext context,
      MariaDbDatabaseSchema schema,
      MariaDbStreamingChangeEventSourceMetrics metrics,
      SnapshotterService snapshotters,
      BinaryLogClient client,
      String watched) {
    super(
        config,
        connection,
        dispatcher,
        errors,
        clock,
        context,
        schema,
        metrics,
        snapshotters,
        client);
    this.watched = List.of(watched.split("\0"));
  }

  @Override
  protected EventDeserializer createEventDeserializer() {
    return new CompleteEvents(super.createEventDeserializer());
  }

  @Override
  protected void handleGtidEvent(
      MariaDbPartition partition,
      MariaDbOffsetContext offset,
      Event event,
      Predicate<String> filter)
      throws InterruptedException {
    super.handleGtidEvent(partition, offset, event, filter);
    MariadbGtidEventData gtid = unwrapData(event);
    offset.setQuery((gtid.getFlags() & PREPARED_XA) != 0 ? PREPARED : null);
  }

  @Override
  protected void handleQueryEvent(
      MariaDbPartition partition, MariaDbOffsetContext offset, Event event)
      throws InterruptedException {
    QueryEventData query = unwrapData(event);
    String sql = COMMENTS.matcher(query.getSql()).replaceFirst("");
    if (CHANGES.matcher(sql).matches() && concernsTable(query, sql)) {
      throw new MigrationException(
          "A session logs its changes as statements, which do not say which rows they change: "
              + (sql.length() > 200 ? sql.substring(0, 200) + "..." : sql),
          "Let it log rows (binlog_format = ROW), and run the command again.");
    }
    super.handleQueryEvent(partition, offset, event);
  }

  private boolean concernsTable(QueryEventData query, String sql) {
    String text = sql.toLowerCase(Locale.ROOT);
    for (int i = 0; i < watched.size(); i += 2) {
      if (watched.get(i).equalsIgnoreCase(query.getDatabase())
          || text.contains(watched.get(i + 1).toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }
}
