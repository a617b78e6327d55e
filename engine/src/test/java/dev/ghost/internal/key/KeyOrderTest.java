package dev.ghost.internal.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ghost.internal.key.KeyOrder.Part;
import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyOrderTest {

  private static final KeyOrder BYTES = new KeyOrder(List.of(Part.BYTES));

  @Test
  void bytesAreUnsignedAndAShorterOneComesFirst() {
    assertThat(BYTES.certainlyAfter(bytes(0x80), bytes(0x7f))).isTrue();
    assertThat(BYTES.certainlyAfter(bytes(1, 0), bytes(1))).isTrue();
    assertThat(BYTES.certainlyAfter(bytes(1), bytes(1, 0))).isFalse();
  }

  @Test
  void aRangeIsOpenBelowAndClosedAbove() {
    KeyOrder order = new KeyOrder(List.of(Part.NATURAL, Part.NATURAL));
    KeyRange range = new KeyRange(RowKey.of(1L, 5L), RowKey.of(2L, 3L));
    assertThat(order.contains(range, RowKey.of(1L, 5L))).isFalse();
    assertThat(order.contains(range, RowKey.of(1L, 6L))).isTrue();
    assertThat(order.contains(range, RowKey.of(2L, 3L))).isTrue();
    assertThat(order.contains(range, RowKey.of(2L, 4L))).isFalse();
  }

  @Test
  void theEndOfUnsignedBigintIsInOrder() {
    KeyOrder order = new KeyOrder(List.of(Part.NATURAL));
    BigInteger most = new BigInteger("18446744073709551615");
    assertThat(order.certainlyAfter(RowKey.of(most), RowKey.of(BigInteger.valueOf(Long.MAX_VALUE))))
        .isTrue();
  }

  @Test
  void keysThatACollationMayHoldToBeEqualGoToOneWorker() {
    KeyOrder order = new KeyOrder(List.of(Part.NATURAL, Part.COLLATED));
    assertThat(order.partition(RowKey.of(1L, "a"))).isEqualTo(order.partition(RowKey.of(1L, "A")));
    assertThat(order.total()).isFalse();
    assertThat(order.certainlyAfter(RowKey.of(1L, "b"), RowKey.of(1L, "a"))).isFalse();
  }

  private static RowKey bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return RowKey.of((Object) bytes);
  }
}
