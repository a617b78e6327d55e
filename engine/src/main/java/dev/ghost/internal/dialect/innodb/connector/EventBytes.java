package dev.ghost.internal.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.event.EventType;
import java.util.List;
import java.util.Optional;

/**
 * Events of a binary log as bytes; after the description of the format in MariaDB's documentation.
 */
public final class EventBytes {

  /** Length of an event's header: timestamp, type, server, length, next position, flags. */
  public static final int HEADER = 19;

  public static final int QUERY = 2;
  public static final int EXECUTE_LOAD_QUERY = 18;

  private static final int TYPE_AT = 4;
  private static final int LENGTH_AT = 9;
  private static final int QUERY_HEADER = 13;
  private static final int LOAD_HEADER = 13;

  // Families of events with rows: WRITE, UPDATE and DELETE follow each other in each.
  public static final int ROWS_V1 = 23;
  public static final int ROWS = 30;
  public static final int ROWS_COMPRESSED_V1 = 166;
  public static final int ROWS_COMPRESSED = 169;

  private static final List<Integer> FAMILIES =
      List.of(ROWS_V1, ROWS, ROWS_COMPRESSED_V1, ROWS_COMPRESSED);

  /** What an event with rows says of them; in the order of each family's types. */
  public enum Rows {
    WRITTEN(EventType.EXT_WRITE_ROWS),
    UPDATED(EventType.EXT_UPDATE_ROWS),
    DELETED(EventType.EXT_DELETE_ROWS);

    private final EventType type;

    Rows(EventType type) {
      this.type = type;
    }

    /** The type of such an event in its present form. */
    public EventType type() {
      return type;
    }
  }

  private EventBytes() {}

  /** What an event says of rows; empty when it has none, or only parts of their values. */
  public static Optional<Rows> rows(byte[] header) {
    int type = type(header);
    for (int first : FAMILIES) {
      if (type >= first && type < first + Rows.values().length) {
        return Optional.of(Rows.values()[type - first]);
      }
    }
    return Optional.empty();
  }

  /** The number of the table that an event with rows belongs to. */
  public static long table(byte[] body) {
    return (long) number(body, 4, 2) << 32 | Integer.toUnsignedLong(number(body, 0, 4));
  }

  public static int type(byte[] header) {
    return header[TYPE_AT] & 0xFF;
  }

  /** The length of a whole event, its checksum included. */
  public static int length(byte[] header) {
    return number(header, LENGTH_AT, 4);
  }

  public static int number(byte[] bytes, int at, int width) {
    int number = 0;
    for (int i = width - 1; i >= 0; i--) {
      number = (number << 8) | (bytes[at + i] & 0xFF);
    }
    return number;
  }

  /** An event with this body, of this type. */
  public static byte[] event(byte[] header, int type, byte[] body) {
    byte[] event = joined(header, body);
    event[TYPE_AT] = (byte) type;
    for (int i = 0; i < 4; i++) {
      event[LENGTH_AT + i] = (byte) (event.length >> (8 * i));
    }
    return event;
  }

  /**
   * LOAD DATA as the statement that it is, too: what is said of its file stands between the two
   * headers' ends.
   */
  public static byte[] loadAsQuery(byte[] header, byte[] body) {
    byte[] rest = new byte[body.length - LOAD_HEADER];
    System.arraycopy(body, 0, rest, 0, QUERY_HEADER);
    System.arraycopy(
        body, QUERY_HEADER + LOAD_HEADER, rest, QUERY_HEADER, rest.length - QUERY_HEADER);
    return event(header, QUERY, rest);
  }

  public static byte[] joined(byte[] header, byte[] body) {
    byte[] all = new byte[header.length + body.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(body, 0, all, header.length, body.length);
    return all;
  }
}
