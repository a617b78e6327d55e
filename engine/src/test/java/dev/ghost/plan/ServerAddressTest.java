package dev.ghost.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerAddressTest {

  @Test
  void everyPartIsRead() {
    ServerAddress a = ServerAddress.parse("mysql://an%40app@db1:3307/my%20shop?sslMode=REQUIRED");
    assertThat(a.scheme()).isEqualTo("mysql");
    assertThat(a.user()).isEqualTo("an@app");
    assertThat(a.host()).isEqualTo("db1");
    assertThat(a.port()).isEqualTo(3307);
    assertThat(a.database()).isEqualTo("my shop");
    assertThat(a.options()).isEqualTo(Map.of("sslMode", "REQUIRED"));
  }

  @Test
  void whatIsLeftOutIsEmpty() {
    ServerAddress a = ServerAddress.parse("jdbc:mysql://db1");
    assertThat(a.port()).isZero();
    assertThat(a.user()).isEmpty();
    assertThat(a.database()).isEmpty();
  }

  @Test
  void aPasswordInTheUrlIsRefusedAndNotRepeated() {
    assertThatThrownBy(() -> ServerAddress.parse("mysql://app:hunter2@db1/shop"))
        .isInstanceOf(UsageException.class)
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void noPasswordIsEverPrinted() {
    assertThat(ServerAddress.parse("mysql://db1/shop").withLogin("app", "hunter2").toString())
        .doesNotContain("hunter2");
  }

  @Test
  void aUrlThatCannotBeReadIsNotRepeatedWithItsPassword() {
    assertThatThrownBy(() -> ServerAddress.parse("mysql://app:hunter 2@db1/shop"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("db1/shop")
        .hasMessageNotContaining("hunter")
        .hasNoCause();
  }

  @Test
  void nonsenseIsSaid() {
    assertThatThrownBy(() -> ServerAddress.parse("db1:3306")).isInstanceOf(UsageException.class);
    assertThatThrownBy(() -> ServerAddress.parse("my sql://x")).isInstanceOf(UsageException.class);
  }
}
