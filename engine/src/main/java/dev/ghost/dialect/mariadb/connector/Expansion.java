package dev.ghost.dialect.mariadb.connector;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Makes a plain event of one that the server has compressed, byte by byte as a replica would; after
 * the description of the format in MariaDB's documentation of the binary log.
 */
final class Expansion {

  /** Length of an event's header: timestamp, type, server, length, next position, flags. */
  static final int HEADER = 19;

  private static final int TYPE_AT = 4;
  private static final int LENGTH_AT = 9;

  private static final int QUERY = 2;
  private static final int EXECUTE_LOAD_QUERY = 18;
  private static final int TABLE_MAP = 19;
  private static final int QUERY_COMPRESSED = 165;

  // WRITE, UPDATE and DELETE follow each other in each family.
  private static final int ROWS_V1 = 23;
  private static final int ROWS = 30;
  private static final int ROWS_COMPRESSED_V1 = 166;
  private static final int ROWS_COMPRESSED = 169;

  // Types of columns.
  private static final int VARCHAR = 15;
  private static final int BLOB = 252;
  private static final int BLOB_COMPRESSED = 140;
  private static final int VARCHAR_COMPRESSED = 141;

  private static final int QUERY_HEADER = 13;
  private static final int LOAD_HEADER = 13;
  private static final int TABLE_AND_FLAGS = 8;

  private Expansion() {}

  /** The length of a whole event, its checksum included. */
  static int length(byte[] header) {
    return number(header, LENGTH_AT, 4);
  }

  /** The event as it would be without compression; the same bytes if it has none. */
  static byte[] of(byte[] header, byte[] body, int checksumLength) throws IOException {
    int type = header[TYPE_AT] & 0xFF;
    int end = body.length - checksumLength;
    if (type == EXECUTE_LOAD_QUERY) {
      // A statement, too: what is said of its file stands between the two headers' ends.
      return event(header, QUERY, cut(body, QUERY_HEADER, LOAD_HEADER));
    }
    if (type == QUERY_COMPRESSED) {
      int schema = body[8] & 0xFF;
      int variables = number(body, 11, 2);
      return expanded(header, QUERY, body, QUERY_HEADER + variables + schema + 1, end);
    }
    if (type == TABLE_MAP) {
      return joined(header, withKnownTypes(body));
    }
    int operation = (type - ROWS_COMPRESSED_V1) % 3;
    if (type >= ROWS_COMPRESSED_V1 && type < ROWS_COMPRESSED) {
      int rows = afterColumns(body, TABLE_AND_FLAGS, operation == 1);
      return expanded(header, ROWS_V1 + operation, body, rows, end);
    }
    if (type >= ROWS_COMPRESSED && type < ROWS_COMPRESSED + 3) {
      int extra = number(body, TABLE_AND_FLAGS, 2);
      int rows = afterColumns(body, TABLE_AND_FLAGS + extra, operation == 1);
      return expanded(header, ROWS + operation, body, rows, end);
    }
    return joined(header, body);
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
    return width == 1 ? body[at] & 0xFF : number(body, at + 1, Math.min(4, width - 1));
  }

  private static byte[] expanded(byte[] header, int type, byte[] body, int from, int end)
      throws IOException {
    ByteArrayOutputStream plain = new ByteArrayOutputStream(body.length * 4);
    plain.write(body, 0, from);
    inflate(body, from, end, plain);
    plain.write(body, end, body.length - end);
    return event(header, type, plain.toByteArray());
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

  private static byte[] cut(byte[] body, int at, int length) {
    byte[] rest = new byte[body.length - length];
    System.arraycopy(body, 0, rest, 0, at);
    System.arraycopy(body, at + length, rest, at, rest.length - at);
    return rest;
  }

  private static byte[] event(byte[] header, int type, byte[] body) {
    byte[] event = joined(header, body);
    event[TYPE_AT] = (byte) type;
    for (int i = 0; i < 4; i++) {
      event[LENGTH_AT + i] = (byte) (event.length >> (8 * i));
    }
    return event;
  }

  private static byte[] joined(byte[] header, byte[] body) {
    byte[] all = new byte[header.length + body.length];
    System.arraycopy(header, 0, all, 0, header.length);
    System.arraycopy(body, 0, all, header.length, body.length);
    return all;
  }

  private static int number(byte[] bytes, int at, int width) {
    int number = 0;
    for (int i = width - 1; i >= 0; i--) {
      number = (number << 8) | (bytes[at + i] & 0xFF);
    }
    return number;
  }
}
