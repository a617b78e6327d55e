package dev.ghost.internal.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.RowKey;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CheckpointTest {

  private static final RowKey KEY =
      RowKey.of(
          -7L,
          new BigInteger("18446744073709551615"),
          new BigDecimal("0.0000001000"),
          "l\u00e4ng'\"\\\n",
          new byte[] {0, -1, 'x'});

  @Test
  void isReadAsItWasWritten() {
    Checkpoint written =
        new Checkpoint(
            3,
            Map.of("file", "binlog.000007", "pos", 4_711, "gtids", "a:1-5"),
            new CompletedRange(KEY, false),
            100,
            new CompletedRange(null, true),
            99,
            List.of(KEY, RowKey.of(5L)));
    assertThat(Checkpoint.of(written.text())).isEqualTo(written);
    Checkpoint first = Checkpoint.first(Map.of());
    assertThat(Checkpoint.of(first.text())).isEqualTo(first);
    assertThat(first.nextAttempt().attempt()).isEqualTo(2);
  }

  @Test
  void anotherVersionsIsRefused() {
    assertThatThrownBy(() -> Checkpoint.of("{\"form\":99}"))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("another version");
    assertThatThrownBy(() -> Checkpoint.of("{")).isInstanceOf(RefusedException.class);
  }
}
