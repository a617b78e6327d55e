package dev.ghost.internal.dialect.mariadb.connector;

import io.debezium.config.Configuration;
import io.debezium.connector.mariadb.MariaDbConnector;
import java.util.Map;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;

/** Debezium's connector, with our task. Debezium makes it by its class name. */
@SuppressWarnings("unchecked") // Debezium's own override of a generic method
public final class FullRowConnector extends MariaDbConnector {

  @Override
  public Class<? extends Task> taskClass() {
    return FullRowTask.class;
  }

  /** Does nothing: the task connects at once, and says what is wrong. */
  @Override
  protected void validateConnection(Map<String, ConfigValue> values, Configuration config) {}
}
