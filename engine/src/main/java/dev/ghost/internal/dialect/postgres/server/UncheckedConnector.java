package dev.ghost.internal.dialect.postgres.server;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnector;
import java.util.Map;
import org.apache.kafka.common.config.ConfigValue;

/**
 * Debezium's connector without its test of the connection. The run has logged in for replication
 * before, and has looked at the server's settings. Debezium makes it by its class name.
 */
@SuppressWarnings("unchecked") // Debezium's own override of a generic method
public final class UncheckedConnector extends PostgresConnector {

  /** Does nothing: the task connects at once, and says what is wrong. */
  @Override
  protected void validateConnection(Map<String, ConfigValue> values, Configuration config) {}
}
