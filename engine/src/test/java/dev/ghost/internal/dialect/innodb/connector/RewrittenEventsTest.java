package dev.ghost.internal.dialect.innodb.connector;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.Event;
import com.github.shyiko.mysql.binlog.event.EventHeaderV4;
import com.github.shyiko.mysql.binlog.event.EventType;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.EventDeserializer;
import com.github.shyiko.mysql.binlog.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of tables that nobody follows are not decoded; all else is. */
class RewrittenEventsTest {

  private static final int TABLE_MAP = 19;
  private static final int ROTATE = 4;
  private static final int WRITE_ROWS = 30;
  private static final int NEXT_POSITION = 4711;

  /** What cannot be the rows of any table. */
  private static final byte[] NO_ROWS = {1, 2, 3};

  private final List<String> asked = new ArrayList<>();
  private final RewrittenEvents events =
      new RewrittenEvents(
          new EventDeserializer(),
          table -> {
            asked.add(table.catalog() + "." + table.table());
            return table.table().equals("t");
          }) {
        @Override
        protected Event read(byte[] header, byte[] body) throws IOException {
          return known(EventBytes.joined(header, body));
        }
      };

  private Event comes(int type, byte[] body) throws IOException {
    ByteBuffer event =
        ByteBuffer.allocate(EventBytes.HEADER + body.length).order(ByteOrder.LITTLE_ENDIAN);
    event.putInt(0).put((byte) type).putInt(1).putInt(event.capacity()).putInt(NEXT_POSITION);
    event.putShort((short) 0).put(body);
    return events.nextEvent(new ByteArrayInputStream(event.array()));
  }

  /** A table with one column, an INT. */
  private void named(long number, String table) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    body.write(numbered(number));
    for (String name : List.of("s", table)) {
      body.write(name.length());
      body.write(name.getBytes(StandardCharsets.UTF_8));
      body.write(0);
    }
    body.write(new byte[] {1, 3, 0, 0});
    comes(TABLE_MAP, body.toByteArray());
  }

  /** Six bytes for the number, two for flags. */
  private static byte[] numbered(long number) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
  }

  private static byte[] rows(long number, byte... rest) {
    return EventBytes.joined(numbered(number), rest);
  }

  /** One row, with 5 in its only column. */
  private static byte[] oneRow(long number) {
    return rows(
        number, (byte) 2, (byte) 0, (byte) 1, (byte) 1, (byte) 0, (byte) 5, (byte) 0, (byte) 0,
        (byte) 0);
  }

  @Test
  void rowsOfATableThatIsFollowedAreDecoded() throws IOException {
    named(7, "t");
    WriteRowsEventData rows = comes(WRITE_ROWS, oneRow(7)).getData();
    assertThat(rows.getTableId()).isEqualTo(7);
    assertThat(rows.getRows()).containsExactly(new Integer[] {5});
  }

  @ParameterizedTest
  @CsvSource({"23", "30", "166", "169"})
  void rowsOfAnotherTableAreLeftOut(int family) throws IOException {
    named(7, "t_gho");
    Event written = comes(family, rows(7, NO_ROWS));
    assertThat(written.getHeader().getEventType()).isEqualTo(EventType.EXT_WRITE_ROWS);
    EventHeaderV4 header = written.getHeader();
    assertThat(header.getNextPosition()).isEqualTo(NEXT_POSITION);
    WriteRowsEventData writtenRows = written.getData();
    assertThat(writtenRows.getRows()).isEmpty();
    assertThat(writtenRows.getTableId()).isEqualTo(7);
    Event updated = comes(family + 1, rows(7, NO_ROWS));
    assertThat(updated.getHeader().getEventType()).isEqualTo(EventType.EXT_UPDATE_ROWS);
    UpdateRowsEventData updatedRows = updated.getData();
    assertThat(updatedRows.getRows()).isEmpty();
    Event deleted = comes(family + 2, rows(7, NO_ROWS));
    assertThat(deleted.getHeader().getEventType()).isEqualTo(EventType.EXT_DELETE_ROWS);
    DeleteRowsEventData deletedRows = deleted.getData();
    assertThat(deletedRows.getRows()).isEmpty();
  }

  @Test
  void aTableIsAskedForOnce() throws IOException {
    named(7, "t_gho");
    named(7, "t_gho");
    named(8, "t_gho");
    assertThat(asked).containsExactly("s.t_gho");
  }

  /** After a restart of the server, say. */
  @Test
  void aNumberCanBecomeThatOfATableThatIsFollowed() throws IOException {
    named(7, "t_gho");
    named(7, "t");
    WriteRowsEventData rows = comes(WRITE_ROWS, oneRow(7)).getData();
    assertThat(rows.getRows()).hasSize(1);
  }

  @Test
  void inAnotherFileNoNumberIsKnown() throws IOException {
    named(7, "t_gho");
    comes(ROTATE, EventBytes.joined(new byte[8], "bin.000002".getBytes(StandardCharsets.UTF_8)));
    WriteRowsEventData rows = comes(WRITE_ROWS, oneRow(7)).getData();
    assertThat(rows.getRows()).hasSize(1);
  }

  @Test
  void partsOfValuesAreHandedOn() {
    assertThat(EventBytes.rows(new byte[] {0, 0, 0, 0, 39})).isEmpty();
  }
}
