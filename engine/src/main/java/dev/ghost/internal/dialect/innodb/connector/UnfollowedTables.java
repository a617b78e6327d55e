package dev.ghost.internal.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.EventHeaderV4;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventHeaderV4Deserializer;
import com.github.shyiko.mysql.binlog.io.ByteArrayInputStream;
import io.debezium.relational.TableId;
import io.debezium.relational.Tables;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tables of the log that nobody follows. Most rows in the log are the ghost's own, and to decode
 * them would cost more than all else that a run does. Used by the thread that reads the log.
 */
final class UnfollowedTables {

  private final EventHeaderV4Deserializer headers = new EventHeaderV4Deserializer();
  private final Tables.TableFilter followed;

  /** What the filter has said of tables. */
  private final Map<TableId, Boolean> asked = new HashMap<>();

  /** The numbers that the log gives them. */
  private final Set<Long> numbers = new HashSet<>();

  UnfollowedTables(Tables.TableFilter followed) {
    this.followed = followed;
  }

  /** Notes which table has a number from now on, and forgets all numbers in another file. */
  void note(Event event) {
    EventData data = event.getData();
    if (data instanceof TableMapEventData table) {
      TableId name = new TableId(table.getDatabase(), null, table.getTable());
      if (asked.computeIfAbsent(name, followed::isIncluded)) {
        numbers.remove(table.getTableId());
      } else {
        numbers.add(table.getTableId());
      }
    } else if (event.getHeader().getEventType() == EventType.ROTATE) {
      numbers.clear();
    }
  }

  /**
   * Makes an event without its rows of one that has rows of such a table.
   *
   * @return empty for any other event
   */
  Optional<Event> withoutRows(byte[] header, byte[] body) throws IOException {
    Optional<EventBytes.Rows> change = EventBytes.rows(header);
    if (change.isEmpty()) {
      return Optional.empty();
    }
    long table = EventBytes.table(body);
    if (!numbers.contains(table)) {
      return Optional.empty();
    }
    EventHeaderV4 same = headers.deserialize(new ByteArrayInputStream(header));
    same.setEventType(change.get().type());
    return Optional.of(new Event(same, none(change.get(), table)));
  }

  private static EventData none(EventBytes.Rows change, long table) {
    return switch (change) {
      case WRITTEN -> {
        WriteRowsEventData data = new WriteRowsEventData();
        data.setTableId(table);
        data.setIncludedColumns(new BitSet());
        data.setRows(List.of());
        yield data;
      }
      case UPDATED -> {
        UpdateRowsEventData data = new UpdateRowsEventData();
        data.setTableId(table);
        data.setIncludedColumnsBeforeUpdate(new BitSet());
        data.setIncludedColumns(new BitSet());
        data.setRows(List.of());
        yield data;
      }
      case DELETED -> {
        DeleteRowsEventData data = new DeleteRowsEventData();
        data.setTableId(table);
        data.setIncludedColumns(new BitSet());
        data.setRows(List.of());
        yield data;
      }
    };
  }
}
