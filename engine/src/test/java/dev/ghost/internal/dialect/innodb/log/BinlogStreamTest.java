package dev.ghost.internal.dialect.innodb.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.shyiko.mysql.binlog.network.AuthenticationException;
import com.github.shyiko.mysql.binlog.network.ServerException;
import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.ErrorClass;
import io.debezium.DebeziumException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the errors of the binary log's own connection mean. */
class BinlogStreamTest {

  private final BinlogStream stream =
      new BinlogStream(ServerAddress.parse("mysql://app@db1/shop"), List.of()) {
        @Override
        protected Map<String, String> productSettings(ServerAddress server) {
          return Map.of();
        }

        @Override
        protected Map<String, Object> end(Connection connection) {
          return Map.of();
        }

        @Override
        protected boolean has(Connection connection, Map<String, ?> offset) {
          return true;
        }

        @Override
        protected boolean before(Connection connection, Map<String, ?> a, Map<String, ?> b) {
          return false;
        }
      };

  @Test
  void aLoginThatIsRefused() {
    assertThat(
            stream.classify(
                new DebeziumException(new AuthenticationException("denied", 1045, "28000"))))
        .isEqualTo(ErrorClass.LOGIN);
    assertThat(stream.classify(new IOException(new SQLException("denied", "28000", 1045))))
        .isEqualTo(ErrorClass.LOGIN);
  }

  @Test
  void aPrivilegeThatIsMissing() {
    assertThat(
            stream.classify(
                new DebeziumException(
                    new ServerException("you need REPLICATION SLAVE", 1227, "42000"))))
        .isEqualTo(ErrorClass.DENIED);
  }

  @Test
  void whatNobodyHasANumberFor() {
    assertThat(stream.classify(new DebeziumException("ended"))).isEqualTo(ErrorClass.OTHER);
    assertThat(stream.classify(null)).isEqualTo(ErrorClass.OTHER);
  }
}
