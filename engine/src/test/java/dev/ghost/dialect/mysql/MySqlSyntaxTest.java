package dev.ghost.dialect.mysql;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.api.UsageException;
import dev.ghost.plan.ServerAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MySqlSyntaxTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"ADD COLUMN", "NONSENSE", "ADD COLUMN x INT garbage", "ADD x INT ADD y INT"})
  void whatDoesNotParseIsUsage(String change) {
    ServerAddress address = ServerAddress.parse("mysql://u@h/s");
    assertThatThrownBy(() -> new MySqlDialect().parse(address, "t", change))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(change);
  }
}
