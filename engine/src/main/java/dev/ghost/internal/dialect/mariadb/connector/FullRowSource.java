package dev.ghost.internal.dialect.mariadb.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.MariadbGtidEventData;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import dev.ghost.internal.dialect.innodb.connector.LoggedRows;
import dev.ghost.internal.dialect.innodb.connector.Watched;
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
import io.debezium.relational.Tables;
import io.debezium.snapshot.SnapshotterService;
import io.debezium.util.Clock;
import java.util.function.Predicate;

/** The binary log, read as the package says. Debezium's thread. */
final class FullRowSource extends MariaDbStreamingChangeEventSource {

  /** In the {@code query} of a change's source block: its transaction is only prepared. */
  private static final String PREPARED = "XA PREPARE";

  /** FL_PREPARED_XA of a GTID event. */
  private static final int PREPARED_XA = 64;

  private final Tables.TableFilter followed;
  private final Watched watched;
  private final LoggedRows rows;

  FullRowSource(
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
      Watched watched) {
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
    this.followed = config.getTableFilters().dataCollectionFilter();
    this.watched = watched;
    this.rows = new LoggedRows(watched);
  }

  @Override
  protected EventDeserializer createEventDeserializer() {
    // The class above calls this from its constructor, and so before there is a filter to ask.
    return new FullRowEvents(super.createEventDeserializer(), table -> followed.isIncluded(table));
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
    watched.refuseStatement(unwrapData(event));
    super.handleQueryEvent(partition, offset, event);
  }

  @Override
  protected void handleUpdateTableMetadata(
      MariaDbPartition partition, MariaDbOffsetContext offset, Event event)
      throws InterruptedException {
    rows.note(unwrapData(event));
    super.handleUpdateTableMetadata(partition, offset, event);
  }

  @Override
  protected void handleRotateLogsEvent(MariaDbOffsetContext offset, Event event) {
    rows.forget();
    super.handleRotateLogsEvent(offset, event);
  }

  @Override
  protected void handleInsert(MariaDbPartition partition, MariaDbOffsetContext offset, Event event)
      throws InterruptedException {
    rows.check(this.<WriteRowsEventData>unwrapData(event));
    super.handleInsert(partition, offset, event);
  }

  @Override
  protected void handleUpdate(MariaDbPartition partition, MariaDbOffsetContext offset, Event event)
      throws InterruptedException {
    rows.check(this.<UpdateRowsEventData>unwrapData(event));
    super.handleUpdate(partition, offset, event);
  }

  @Override
  protected void handleDelete(MariaDbPartition partition, MariaDbOffsetContext offset, Event event)
      throws InterruptedException {
    rows.check(this.<DeleteRowsEventData>unwrapData(event));
    super.handleDelete(partition, offset, event);
  }
}
