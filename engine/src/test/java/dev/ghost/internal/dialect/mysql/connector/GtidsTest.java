package dev.ghost.internal.dialect.mysql.connector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.shyiko.mysql.binlog.event.PreviousGtidSetEventData;
import com.github.shyiko.mysql.binlog.event.deserialization.PreviousGtidSetDeserializer;
import com.github.shyiko.mysql.binlog.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GTIDs, with tags and without. */
class GtidsTest {

  private static final String A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
  private static final String B = "ffffffff-0000-0000-0000-000000000001";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          a:1-5            | a:6       | a:1-6
          a:1-5:7          | a:6       | a:1-7
          a:1-5            | a:8       | a:1-5:8
          a:3-5            | a:2       | a:2-5
          a:3-5            | a:4       | a:3-5
          a:1-5:blue:1-3   | a:blue:4  | a:1-5,a:blue:1-4
          a:1-5:blue:1     | a:red:9   | a:1-5,a:blue:1,a:red:9
          a:blue:2,b:1-2   | b:blue:1  | a:blue:2,b:1-2,b:blue:1
          a:5-6:1-2:3-4    | a:9       | a:1-6:9
          """)
  void oneIsAdded(String before, String added, String after) {
    Gtids gtids = Gtids.of(named(before));
    gtids.add(named(added));
    assertThat(gtids).hasToString(named(after));
    assertThat(Gtids.of(named(after))).hasToString(named(after));
  }

  private static String named(String gtids) {
    return gtids.replaceAll("\\bb:", B + ":").replaceAll("\\ba:", A + ":");
  }

  @Test
  void theServersOwnWriting() {
    assertThat(Gtids.of(A.toUpperCase(java.util.Locale.ROOT) + ":1-2:Blue:3,\n" + B + ":7"))
        .hasToString(A + ":1-2," + A + ":blue:3," + B + ":7");
    assertThat(Gtids.of("")).hasToString("");
  }

  /** In the one form that a reader knows which is not ghost's. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a:1-5:7,b:1-1               | a:1-5:7-7,b:1-1
          a:1-5:blue:1-3,b:red_1:2-9  | a:1-5,a:blue:1-3,b:red_1:2-9
          """)
  void theFormInWhichTheServerIsAsked(String gtids, String read) throws IOException {
    PreviousGtidSetEventData data =
        new PreviousGtidSetDeserializer()
            .deserialize(new ByteArrayInputStream(Gtids.of(named(gtids)).encoded()));
    assertThat(data.getGtidSet()).isEqualTo(named(read));
  }

  /** An event that a server has written; a reader of another project shows it. */
  @Test
  void aTransactionWithATag() throws IOException {
    byte[] body =
        HexFormat.of()
            .parseHex(
                "0278000000"
                    + "02aaaaaaaa88886666444422222222222204"
                    + "73201b0614"
                    + HexFormat.of()
                        .formatHex(
                            "secondtest".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                    + "08c10e0ad10e0c7f23354861bd260610590412a3ff0a");
    assertThat(TaggedGtid.read(body).text())
        .isEqualTo("55555555-4444-3333-2222-111111111111:secondtest:111111");
  }

  @Test
  void bytesOfTwoBytes() throws IOException {
    // 0xFF is written as a number of two bytes.
    String origin = "fd03".repeat(16);
    byte[] body = HexFormat.of().parseHex("02500000" + "0002" + origin + "0408" + "060878797a5f");
    assertThat(TaggedGtid.read(body).text())
        .isEqualTo("ffffffff-ffff-ffff-ffff-ffffffffffff:xyz_:2");
  }

  @Test
  void aFormThatIsNotKnown() {
    assertThatThrownBy(() -> TaggedGtid.read(new byte[] {4, 2, 0})).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> TaggedGtid.read(new byte[] {2, 8, 0})).isInstanceOf(IOException.class);
  }
}
