package dev.ghost.internal.dialect.mariadb.connector;

import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.FormatDescriptionEventData;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.ChecksumType;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import dev.ghost.internal.dialect.innodb.connector.RewrittenEvents;
import io.debezium.relational.Tables;
import java.io.IOException;
import java.io.Serializable;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hands MariaDB's events on in the form that Debezium knows: not compressed, and rows with a value,
 * if only NULL, for each column. Used by one thread.
 */
final class FullRowEvents extends RewrittenEvents {

  private final Map<Long, Integer> columnCounts = new HashMap<>();
  private int checksumLength;

  FullRowEvents(EventDeserializer known, Tables.TableFilter followed) {
    super(known, followed);
  }

  @Override
  protected Event read(byte[] header, byte[] body) throws IOException {
    Event event = known(Expansion.of(header, body, checksumLength));
    EventData data = event.getData();
    EventType type = event.getHeader().getEventType();
    if (type == EventType.FORMAT_DESCRIPTION) {
      FormatDescriptionEventData format =
          EventDataWrapper.internal(data) == null
              ? (FormatDescriptionEventData) data
              : (FormatDescriptionEventData) EventDataWrapper.internal(data);
      checksumLength = format.getChecksumType().getLength();
    } else if (type == EventType.ROTATE) {
      columnCounts.clear();
    } else if (data instanceof TableMapEventData map) {
      columnCounts.put(map.getTableId(), map.getColumnTypes().length);
    } else if (data instanceof WriteRowsEventData rows) {
      Integer all = columnCounts.get(rows.getTableId());
      rows.getRows().replaceAll(row -> complete(row, rows.getIncludedColumns(), all));
    } else if (data instanceof DeleteRowsEventData rows) {
      Integer all = columnCounts.get(rows.getTableId());
      rows.getRows().replaceAll(row -> complete(row, rows.getIncludedColumns(), all));
    } else if (data instanceof UpdateRowsEventData rows) {
      Integer all = columnCounts.get(rows.getTableId());
      rows.getRows()
          .replaceAll(
              row ->
                  Map.entry(
                      complete(row.getKey(), rows.getIncludedColumnsBeforeUpdate(), all),
                      complete(row.getValue(), rows.getIncludedColumns(), all)));
    }
    return event;
  }

  private static Serializable[] complete(
      Serializable[] row, BitSet included, @Nullable Integer all) {
    // A table that the log has not named is none that anybody watches.
    if (all == null || row.length == all) {
      return row;
    }
    Serializable[] complete = new Serializable[all];
    int next = 0;
    for (int i = included.nextSetBit(0); i >= 0 && i < all; i = included.nextSetBit(i + 1)) {
      complete[i] = row[next++];
    }
    return complete;
  }

  @Override
  public void setChecksumType(ChecksumType type) {
    super.setChecksumType(type);
    checksumLength = type.getLength();
  }
}
