package dev.ghost.internal.dialect.mysql.connector;

import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventHeaderV4;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import dev.ghost.internal.dialect.innodb.connector.EventBytes;
import dev.ghost.internal.dialect.innodb.connector.RewrittenEvents;
import io.debezium.relational.Tables;
import java.io.IOException;

/** Hands MySQL's events on, with GTIDs that have tags, and LOAD DATA as a statement. */
final class StrictEvents extends RewrittenEvents {

  StrictEvents(EventDeserializer known, Tables.TableFilter followed) {
    super(known, followed);
  }

  @Override
  protected Event read(byte[] header, byte[] body) throws IOException {
    int type = EventBytes.type(header);
    if (type == EventBytes.EXECUTE_LOAD_QUERY) {
      return known(EventBytes.loadAsQuery(header, body));
    }
    Event event = known(EventBytes.joined(header, body));
    if (type != TaggedGtid.TYPE) {
      return event;
    }
    EventHeaderV4 same = event.getHeader();
    same.setEventType(EventType.GTID);
    return new Event(same, TaggedGtid.read(body));
  }
}
