package dev.ghost.internal.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.deserialization.ChecksumType;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDataDeserializer;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import com.github.shyiko.mysql.binlog.io.ByteArrayInputStream;
import io.debezium.relational.Tables;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Hands events on to Debezium's own reader after a look at their bytes. Rows of tables that nobody
 * follows are left out. Used by one thread.
 */
public abstract class RewrittenEvents extends EventDeserializer {

  private final EventDeserializer known;
  private final UnfollowedTables unfollowed;

  /**
   * @param followed tables whose rows are wanted; not asked before the first event
   */
  protected RewrittenEvents(EventDeserializer known, Tables.TableFilter followed) {
    this.known = known;
    this.unfollowed = new UnfollowedTables(followed);
  }

  @Override
  public final @Nullable Event nextEvent(ByteArrayInputStream in) throws IOException {
    if (in.peek() == -1) {
      return null;
    }
    byte[] header = in.read(EventBytes.HEADER);
    byte[] body = in.read(EventBytes.length(header) - EventBytes.HEADER);
    Optional<Event> empty = unfollowed.withoutRows(header, body);
    if (empty.isPresent()) {
      return empty.get();
    }
    Event event = read(header, body);
    unfollowed.note(event);
    return event;
  }

  /** Reads an event. */
  protected abstract Event read(byte[] header, byte[] body) throws IOException;

  /** What Debezium's own reader makes of one. */
  protected final Event known(byte[] event) throws IOException {
    return known.nextEvent(new ByteArrayInputStream(event));
  }

  @Override
  @SuppressWarnings("rawtypes") // as it is declared
  public void setEventDataDeserializer(EventType type, EventDataDeserializer deserializer) {
    known.setEventDataDeserializer(type, deserializer);
  }

  @Override
  @SuppressWarnings("rawtypes") // as it is declared
  public EventDataDeserializer getEventDataDeserializer(EventType type) {
    // The constructor of the class above asks before there is anybody to ask.
    return known == null
        ? super.getEventDataDeserializer(type)
        : known.getEventDataDeserializer(type);
  }

  @Override
  @SuppressWarnings("deprecation") // the client calls it
  public void setChecksumType(ChecksumType type) {
    known.setChecksumType(type);
  }

  @Override
  public void setCompatibilityMode(CompatibilityMode first, CompatibilityMode... rest) {
    known.setCompatibilityMode(first, rest);
  }

  @Override
  public void setCompatibilityMode(EnumSet<CompatibilityMode> modes) {
    known.setCompatibilityMode(modes);
  }
}
