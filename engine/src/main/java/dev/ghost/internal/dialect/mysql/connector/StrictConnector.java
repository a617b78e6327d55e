package dev.ghost.internal.dialect.mysql.connector;

import io.debezium.connector.mysql.MySqlConnector;
import org.apache.kafka.connect.connector.Task;

/** Debezium's connector, with our task. Debezium makes it by its class name. */
@SuppressWarnings("unchecked") // Debezium's own override of a generic method
public final class StrictConnector extends MySqlConnector {

  @Override
  public Class<? extends Task> taskClass() {
    return StrictTask.class;
  }
}
