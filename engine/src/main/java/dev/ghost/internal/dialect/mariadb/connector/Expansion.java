package dev.ghost.internal.dialect.mariadb.connector;

import dev.ghost.internal.dialect.innodb.connector.EventBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Makes a plain event of one that the server has compressed, byte by byte as a replica would; after
 * the description of the format in MariaDB's documentation of the binary log.
 */
final class Expansion {

  private static final int TABLE_MAP = 19;
  private static final int QUERY_COMPRESSED = 165;

  // Types of columns.
  private static final int VARCHAR = 15;
  private static final int BLOB = 252;
  private static final int BLOB_COMPRESSED = 140;
  private static final int VARCHAR_COMPRESSED = 141;

  private static final int QUERY_HEADER = 13;
  private static final int TABLE_AND_FLAGS = 8;

  private Expansion() {}

  /** The event as it would be without compression; the same bytes if it has none. */
  static byte[] of(byte[] header, byte[] body, int checksumLength) throws IOException {
    int type = EventBytes.type(header);
    int end = body.length - checksumLength;
    if (type == EventBytes.EXECUTE_LOAD_QUERY) {
      return EventBytes.loadAsQuery(header, body);
    }
    if (type == QUERY_COMPRESSED) {
      int schema = body[8] & 0xFF;
      int variables = EventBytes.number(body, 11, 2);
      return expanded(header, EventBytes.QUERY, body, QUERY_HEADER + variables + schema + 1, end);
    }
    if (type == TABLE_MAP) {
      return EventBytes.joined(header, withKnownTypes(body));
    }
    int operation = (type - EventBytes.ROWS_COMPRESSED_V1) % 3;
    if (type >= EventBytes.ROWS_COMPRESSED_V1 && type < EventBytes.ROWS_COMPRESSED) {
      int rows = afterColumns(body, TABLE_AND_FLAGS, operation == 1);
      return expanded(header, EventBytes.ROWS_V1 + operation, body, rows, end);
    }
    if (type >= EventBytes.ROWS_COMPRESSED && type < EventBytes.ROWS_COMPRESSED + 3) {
      int extra = EventBytes.number(body, TABLE_AND_FLAGS, 2);
      int rows = afterColumns(body, TABLE_AND_FLAGS + extra, operation == 1);
      return expanded(header, EventBytes.ROWS + operation, body, rows, end);
    }
    return EventBytes.joined(header, body);
  }

  /**
   * A column that is COMPRESSED has a type of its own, and looks in a row like a plain one. What is
   * in it does not matter: it cannot be part of a key.
   */
  private static byte[] withKnownTypes(byte[] body) {
    int schemaEnd = TABLE_AND_FLAGS + 1 + (body[TABLE_AND_FLAGS] & 0xFF) + 1;
    int columns = schemaEnd + 1 + (body[schemaEnd] & 0xFF) + 1;
    int types = columns + width(body[columns]);
    byte[] known = body.clone();
    for (int i = types; i < types + count(body, columns); i++) {
      known[i] =
          switch (body[i] & 0xFF) {
            case BLOB_COMPRESSED -> (byte) BLOB;
            case VARCHAR_COMPRESSED -> (byte) VARCHAR;
            default -> body[i];
          };
    }
    return known;
  }

  /** Where the rows begin: behind the number of columns, and one or two sets of them. */
  private static int afterColumns(byte[] body, int at, boolean update) {
    int set = (count(body, at) + 7) / 8;
    return at + width(body[at]) + (update ? 2 * set : set);
  }

  /** The bytes of a packed number, by the first of them. */
  private static int width(byte first) {
    return switch (first & 0xFF) {
      case 0xFC -> 3;
      case 0xFD -> 4;
      case 0xFE -> 9;
      default -> 1;
    };
  }

  private static int count(byte[] body, int at) {
    int width = width(body[at]);
    return width == 1 ? body[at] & 0xFF : EventBytes.number(body, at + 1, Math.min(4, width - 1));
  }

  private static byte[] expanded(byte[] header, int type, byte[] body, int from, int end)
      throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream(body.length * 4);
    plain.write(body, 0, from);
    inflate(body, from, end, plain);
    plain.write(body, end, body.length - end);
    return EventBytes.event(header, type, plain.toByteArray());
  }

  /** A byte with the length of the length in its lowest bits, the length, and a zlib stream. */
  private static void inflate(byte[] body, int from, int end, ByteArrayOutputStream out)
      throws IOException {
    int algorithm = (body[from] & 0x70) >> 4;
    int width = body[from] & 0x07;
    if (algorithm != 0) {
      throw new IOException(
          "the log is compressed by an algorithm that is not known: " + algorithm);
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(body, from + 1 + width, end - from - 1 - width);
      byte[] part = new byte[8192];
      while (!inflater.finished()) {
        int length = inflater.inflate(part);
        if (length == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw new IOException("a compressed event of the log ends too soon");
        }
        out.write(part, 0, length);
      }
    } catch (DataFormatException e) {
      throw new IOException("a compressed event of the log cannot be read", e);
    } finally {
      inflater.end();
    }
  }
}
