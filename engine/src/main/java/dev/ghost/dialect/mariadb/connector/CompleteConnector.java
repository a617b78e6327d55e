package dev.ghost.dialect.mariadb.connector;

import io.debezium.connector.mariadb.MariaDbConnector;
import org.apache.kafka.connect.connector.Task;

/** Debezium's connector, with our task. Debezium makes it by its class name. */
@SuppressWarnings("unchecked") // Debezium's own override of a generic method
public final class CompleteConnector extends MariaDbConnector {

  /**
   * A setting: the tables whose changes must not be logged as statements; schema and name of each,
   * with a zero character between all of them.
   */
  public static final String WATCHED = "ghost.watched.table";

  @Override
  public Class<? extends Task> taskClass() {
    return CompleteTask.class;
  }
}
