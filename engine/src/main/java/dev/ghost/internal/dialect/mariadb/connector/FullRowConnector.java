package dev.ghost.internal.dialect.mariadb.connector;

import io.debezium.connector.mariadb.MariaDbConnector;
import org.apache.kafka.connect.connector.Task;

/** Debezium's connector, with our task. Debezium makes it by its class name. */
@SuppressWarnings("unchecked") // Debezium's own override of a generic method
public final class FullRowConnector extends MariaDbConnector {

  @Override
  public Class<? extends Task> taskClass() {
    return FullRowTask.class;
  }
}
