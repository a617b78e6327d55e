package dev.ghost.internal.dialect.mysql.connector;

import com.github.shyiko.mysql.binlog.event.GtidEventData;
import com.github.shyiko.mysql.binlog.event.MySqlGtid;
import java.io.IOException;
import java.util.UUID;

/**
 * What the log says at the beginning of a transaction whose GTID has a tag: a message of the
 * server's library for serialization, after the description of its format there.
 */
final class TaggedGtid extends GtidEventData {

  private static final long serialVersionUID = 1;

  /** Of the event. */
  static final int TYPE = 42;

  private static final long VERSION = 1;

  // Numbers of fields, which come in this order.
  private static final long FLAGS = 0;
  private static final long ORIGIN = 1;
  private static final long NUMBER = 2;
  private static final long TAG = 3;

  private final String text;

  private TaggedGtid(UUID origin, String tag, long number) {
    super(new MySqlGtid(origin, number), (byte) 0, 0, 0, 0, 0, 0, 0, 0);
    text =
        tag.isEmpty()
            ? "%s:%d".formatted(origin, number)
            : "%s:%s:%d".formatted(origin, tag, number);
  }

  /** Such as {@code uuid:tag:7}. */
  String text() {
    return text;
  }

  static TaggedGtid read(byte[] body) throws IOException {
    Message message = new Message(body);
    if (message.number() != VERSION) {
      throw new IOException("the log has a GTID in a form that is not known");
    }
    // The length of the message, and the last field that must be known.
    message.number();
    message.number();
    UUID origin = null;
    long number = 0;
    while (true) {
      long field = message.number();
      if (field == FLAGS) {
        message.number();
      } else if (field == ORIGIN) {
        origin = new UUID(message.eightBytes(), message.eightBytes());
      } else if (field == NUMBER) {
        long signed = message.number();
        number = (signed >>> 1) ^ -(signed & 1);
      } else if (origin == null || number == 0) {
        throw new IOException("the log has a GTID without a server or a number");
      } else {
        return new TaggedGtid(origin, field == TAG ? message.text() : "", number);
      }
    }
  }

  /** Reads a message from its beginning. */
  private static final class Message {

    private final byte[] bytes;
    private int at;

    Message(byte[] bytes) {
      this.bytes = bytes;
    }

    private int next() throws IOException {
      if (at == bytes.length) {
        throw new IOException("a GTID of the log ends too soon");
      }
      return bytes[at++] & 0xFF;
    }

    /** The ones at the low end of the first byte say how many more there are. */
    long number() throws IOException {
      int first = next();
      int more = Integer.numberOfTrailingZeros(~first);
      long rest = 0;
      for (int i = 0; i < more; i++) {
        rest |= (long) next() << (8 * i);
      }
      return (first >> (more + 1)) | (rest << Math.max(0, 7 - more));
    }

    /** Each is a number by itself. */
    long eightBytes() throws IOException {
      long all = 0;
      for (int i = 0; i < 8; i++) {
        all = (all << 8) | number();
      }
      return all;
    }

    String text() throws IOException {
      StringBuilder text = new StringBuilder();
      for (long left = number(); left > 0; left--) {
        text.append((char) next());
      }
      return text.toString();
    }
  }
}
