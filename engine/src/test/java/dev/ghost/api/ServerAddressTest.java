package dev.ghost.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://app@%2Fvar%2Frun%2Fpostgresql:5433/shop?sslmode=disable",
        "postgresql://app@/shop?host=/var/run/postgresql&port=5433&sslmode=disable",
        "jdbc:postgresql://app@/shop?sslmode=disable&host=%2Fvar%2Frun%2Fpostgresql&port=5433"
      })
  void theDirectoryOfASocketIsAHost(String url) {
    ServerAddress a = ServerAddress.parse(url);
    assertThat(a.local()).isTrue();
    assertThat(a.host()).isEqualTo("/var/run/postgresql");
    assertThat(a.port()).isEqualTo(5433);
    assertThat(a.user()).isEqualTo("app");
    assertThat(a.database()).isEqualTo("shop");
    assertThat(a.options()).isEqualTo(Map.of("sslmode", "disable"));
    assertThat(ServerAddress.parse(a.toString()).host()).isEqualTo(a.host());
  }

  @Test
  void aSocketNeedsNoUser() {
    ServerAddress a = ServerAddress.parse("postgresql:///shop?host=/tmp");
    assertThat(a.user()).isEmpty();
    assertThat(a.port()).isZero();
  }

  @Test
  void namesThatAreNoNamesOfTheInternetAreHostsToo() {
    assertThat(ServerAddress.parse("mysql://app@my_db:3307/shop").host()).isEqualTo("my_db");
    assertThat(ServerAddress.parse("mysql://app@[::1]:3307/shop").host()).isEqualTo("[::1]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "db1:3306",
        "my sql://x",
        "mysql://",
        "mysql:///shop",
        "mysql://db1,db2/shop",
        "mysql://db1:port/shop",
        "postgresql:///shop?host=/tmp&port=x"
      })
  void nonsenseIsSaid(String url) {
    assertThatThrownBy(() -> ServerAddress.parse(url)).isInstanceOf(UsageException.class);
  }
}
