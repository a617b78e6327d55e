package dev.ghost.internal.dialect.mysql.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventHeaderV4;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.GtidEventData;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import dev.ghost.internal.dialect.innodb.connector.LoggedRows;
import dev.ghost.internal.dialect.innodb.connector.Watched;
import io.debezium.connector.binlog.jdbc.BinlogConnectorConnection;
import io.debezium.connector.mysql.MySqlConnectorConfig;
import io.debezium.connector.mysql.MySqlDatabaseSchema;
import io.debezium.connector.mysql.MySqlOffsetContext;
import io.debezium.connector.mysql.MySqlPartition;
import io.debezium.connector.mysql.MySqlStreamingChangeEventSource;
import io.debezium.connector.mysql.MySqlStreamingChangeEventSourceMetrics;
import io.debezium.connector.mysql.MySqlTaskContext;
import io.debezium.pipeline.ErrorHandler;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.relational.TableId;
import io.debezium.relational.Tables;
import io.debezium.snapshot.SnapshotterService;
import io.debezium.util.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The binary log, read as the package says. Debezium's thread. */
final class StrictSource extends MySqlStreamingChangeEventSource {

  private final Tables.TableFilter followed;
  private final Watched watched;
  private final LoggedRows rows;

  /** What the stream has; null where it began at a place in a file: GTIDs do not tell it then. */
  private @Nullable Gtids gtids;

  /** The tables of the statement that is being read. */
  private final List<TableMapEventData> tables = new ArrayList<>();

  private boolean namingTables;

  StrictSource(
      MySqlConnectorConfig config,
      BinlogConnectorConnection connection,
      EventDispatcher<MySqlPartition, TableId> dispatcher,
      ErrorHandler errors,
      Clock clock,
      MySqlTaskContext context,
      MySqlDatabaseSchema schema,
      MySqlStreamingChangeEventSourceMetrics metrics,
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
    return new StrictEvents(super.createEventDeserializer(), table -> followed.isIncluded(table));
  }

  @Override
  protected void initializeGtidSet(String text) {
    gtids = text.isEmpty() ? null : Gtids.of(text);
  }

  @Override
  protected void handleGtidEvent(
      MySqlPartition partition, MySqlOffsetContext offset, Event event, Predicate<String> filter) {
    GtidEventData data = unwrapData(event);
    String gtid =
        data instanceof TaggedGtid tagged ? tagged.text() : data.getMySqlGtid().toString();
    if (gtids != null) {
      gtids.add(gtid);
    }
    offset.startGtid(gtid, gtids == null ? null : gtids.toString());
    setGtidChanged(gtid);
  }

  /**
   * Hands rows with a part of a value on as an incident, because for their own type there is nobody
   * who could end the stream. They can be within a compressed transaction, too.
   */
  @Override
  protected void handleEvent(
      MySqlPartition partition,
      MySqlOffsetContext offset,
      ChangeEventSourceContext context,
      Event event) {
    Event handed = event;
    if (event != null && event.getHeader().getEventType() == EventType.PARTIAL_UPDATE_ROWS_EVENT) {
      EventHeaderV4 header = event.getHeader();
      header.setEventType(EventType.INCIDENT);
      handed = new Event(header, new PartialRows(List.copyOf(tables)));
    }
    namingTables &= event != null && event.getHeader().getEventType() == EventType.TABLE_MAP;
    super.handleEvent(partition, offset, context, handed);
  }

  @Override
  protected void handleServerIncident(
      MySqlPartition partition, MySqlOffsetContext offset, Event event) {
    if (event.getData() instanceof PartialRows partial) {
      watched.refuseChangesWithin(partial.tables());
    } else {
      super.handleServerIncident(partition, offset, event);
    }
  }

  @Override
  protected void handleQueryEvent(MySqlPartition partition, MySqlOffsetContext offset, Event event)
      throws InterruptedException {
    watched.refuseStatement(unwrapData(event));
    super.handleQueryEvent(partition, offset, event);
  }

  @Override
  protected void handleUpdateTableMetadata(
      MySqlPartition partition, MySqlOffsetContext offset, Event event)
      throws InterruptedException {
    TableMapEventData table = unwrapData(event);
    if (!namingTables) {
      tables.clear();
    }
    tables.add(table);
    namingTables = true;
    rows.note(table);
    super.handleUpdateTableMetadata(partition, offset, event);
  }

  @Override
  protected void handleRotateLogsEvent(MySqlOffsetContext offset, Event event) {
    rows.forget();
    super.handleRotateLogsEvent(offset, event);
  }

  @Override
  protected void handleInsert(MySqlPartition partition, MySqlOffsetContext offset, Event event)
      throws InterruptedException {
    rows.check(this.<WriteRowsEventData>unwrapData(event));
    super.handleInsert(partition, offset, event);
  }

  @Override
  protected void handleUpdate(MySqlPartition partition, MySqlOffsetContext offset, Event event)
      throws InterruptedException {
    rows.check(this.<UpdateRowsEventData>unwrapData(event));
    super.handleUpdate(partition, offset, event);
  }

  @Override
  protected void handleDelete(MySqlPartition partition, MySqlOffsetContext offset, Event event)
      throws InterruptedException {
    rows.check(this.<DeleteRowsEventData>unwrapData(event));
    super.handleDelete(partition, offset, event);
  }
}
