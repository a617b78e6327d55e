package dev.ghost.internal.dialect.innodb.log;

import io.debezium.config.Configuration;
import io.debezium.relational.Tables;
import io.debezium.relational.ddl.DdlParser;
import io.debezium.relational.history.HistoryRecordComparator;
import io.debezium.relational.history.SchemaHistory;
import io.debezium.relational.history.SchemaHistoryListener;
import io.debezium.relational.history.TableChanges;
import java.time.Instant;
import java.util.Map;

/**
 * Tells Debezium what the tables look like where the stream begins; remembers nothing. Debezium
 * makes it by its class name.
 */
public final class SeededSchema implements SchemaHistory {

  private static final String PREFIX = "schema.history.internal.";

  /** The schema that the definitions are in. */
  static final String SCHEMA = PREFIX + "ghost.schema";

  /** CREATE TABLE statements, separated by semicolons. */
  static final String DEFINITIONS = PREFIX + "ghost.definitions";

  // Set by configure, which Debezium calls before anything else.
  @SuppressWarnings("NullAway.Init")
  private String schema;

  @SuppressWarnings("NullAway.Init")
  private String definitions;

  @Override
  public void configure(
      Configuration config,
      HistoryRecordComparator comparator,
      SchemaHistoryListener listener,
      boolean useCatalogBeforeSchema) {
    schema = config.getString(SCHEMA);
    definitions = config.getString(DEFINITIONS);
  }

  @Override
  @SuppressWarnings("deprecation") // abstract still; what is to be called comes here in the end
  public void recover(
      Map<Map<String, ?>, Map<String, ?>> offsets, Tables tables, DdlParser parser) {
    parser.setCurrentDatabase(schema);
    parser.parse(definitions, tables);
  }

  @Override
  public void record(
      Map<String, ?> source, Map<String, ?> position, String databaseName, String ddl) {}

  @Override
  public void record(
      Map<String, ?> source,
      Map<String, ?> position,
      String databaseName,
      String schemaName,
      String ddl,
      TableChanges changes,
      Instant timestamp) {}

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public boolean exists() {
    return true;
  }

  @Override
  public boolean storageExists() {
    return true;
  }

  @Override
  public void initializeStorage() {}
}
