package dev.ghost.internal.dialect.mysql.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import dev.ghost.internal.dialect.innodb.connector.RowTask;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.config.Field;
import io.debezium.connector.base.ChangeEventQueue;
import io.debezium.connector.binlog.BinlogConnectorConfig;
import io.debezium.connector.binlog.jdbc.BinlogConnectorConnection;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.mysql.Module;
import io.debezium.connector.mysql.MySqlChangeEventSourceFactory;
import io.debezium.connector.mysql.MySqlChangeEventSourceMetricsFactory;
import io.debezium.connector.mysql.MySqlConnectorConfig;
import io.debezium.connector.mysql.MySqlDatabaseSchema;
import io.debezium.connector.mysql.MySqlErrorHandler;
import io.debezium.connector.mysql.MySqlOffsetContext;
import io.debezium.connector.mysql.MySqlPartition;
import io.debezium.connector.mysql.MySqlStreamingChangeEventSourceMetrics;
import io.debezium.connector.mysql.MySqlTaskContext;
import io.debezium.connector.mysql.jdbc.MySqlConnectionConfiguration;
import io.debezium.connector.mysql.jdbc.MySqlFieldReaderResolver;
import io.debezium.connector.mysql.jdbc.MySqlValueConverters;
import io.debezium.pipeline.DataChangeEvent;
import io.debezium.pipeline.ErrorHandler;
import io.debezium.pipeline.source.spi.StreamingChangeEventSource;
import io.debezium.pipeline.spi.OffsetContext;
import io.debezium.pipeline.spi.Partition;
import io.debezium.relational.CustomConverterRegistry;
import io.debezium.relational.TableId;
import io.debezium.spi.topic.TopicNamingStrategy;
import io.debezium.util.Clock;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * MySql's parts of the task, around {@link StrictSource}. Debezium makes it by its class name, and
 * uses it from one thread.
 */
public final class StrictTask
    extends RowTask<MySqlPartition, MySqlOffsetContext, MySqlValueConverters> {

  // Set when Debezium starts the task, before it asks for anything of it.
  @SuppressWarnings("NullAway.Init")
  private MySqlConnectorConfig settings;

  @SuppressWarnings("NullAway.Init")
  private MySqlTaskContext taskContext;

  @SuppressWarnings("NullAway.Init")
  private MySqlDatabaseSchema schema;

  @Override
  public String version() {
    return Module.version();
  }

  @Override
  protected String connectorName() {
    return Module.name();
  }

  @Override
  protected String threadName() {
    return "mysql-connector-task";
  }

  @Override
  protected Class<? extends SourceConnector> connector() {
    return StrictConnector.class;
  }

  @Override
  protected Iterable<Field> getAllConfigurationFields() {
    return MySqlConnectorConfig.ALL_FIELDS;
  }

  @Override
  protected BinlogConnectorConfig settings(Configuration config) {
    settings = new MySqlConnectorConfig(config);
    return settings;
  }

  @Override
  protected CdcSourceTaskContext<? extends CommonConnectorConfig> context(Configuration config) {
    taskContext = new MySqlTaskContext(config, settings);
    return taskContext;
  }

  @Override
  protected BinlogConnectorConnection connect(Configuration config) {
    return new TaggedConnection(
        new MySqlConnectionConfiguration(config), MySqlFieldReaderResolver.resolve(settings));
  }

  @Override
  protected Partition.Provider<MySqlPartition> partitions(Configuration config) {
    return new MySqlPartition.Provider(settings, config);
  }

  @Override
  protected OffsetContext.Loader<MySqlOffsetContext> offsets() {
    return new MySqlOffsetContext.Loader(settings);
  }

  @Override
  protected MySqlValueConverters converters() {
    return new MySqlValueConverters(
        settings.getDecimalMode(),
        settings.getTemporalPrecisionMode(),
        settings.getBigIntUnsignedHandlingMode().asBigIntUnsignedMode(),
        settings.binaryHandlingMode(),
        x -> x,
        settings.getEventConvertingFailureHandlingMode(),
        settings.getServiceRegistry());
  }

  @Override
  protected MySqlDatabaseSchema schema(
      MySqlValueConverters converters,
      TopicNamingStrategy<TableId> topics,
      boolean caseSensitive,
      CustomConverterRegistry registry) {
    schema =
        new MySqlDatabaseSchema(
            settings,
            converters,
            topics,
            settings.schemaNameAdjuster(),
            caseSensitive,
            registry,
            taskContext);
    return schema;
  }

  @Override
  protected ErrorHandler errorHandler(
      ChangeEventQueue<DataChangeEvent> queue, ErrorHandler replaced) {
    return new MySqlErrorHandler(settings, queue, replaced);
  }

  @Override
  protected Streaming<MySqlPartition, MySqlOffsetContext> streaming(Parts<MySqlPartition> parts) {
    BinaryLogClient client = new TaggedClient(settings);
    MySqlStreamingChangeEventSourceMetrics metrics =
        new MySqlStreamingChangeEventSourceMetrics(
            taskContext, parts.queue(), parts.metadata(), schema::dataCollectionIds, client);
    MySqlChangeEventSourceFactory sources =
        new MySqlChangeEventSourceFactory(
            settings,
            parts.connections(),
            parts.errors(),
            parts.dispatcher(),
            Clock.system(),
            schema,
            taskContext,
            metrics,
            parts.queue(),
            parts.snapshotters(),
            client) {
          @Override
          public StreamingChangeEventSource<MySqlPartition, MySqlOffsetContext>
              getStreamingChangeEventSource() {
            parts.queue().disableBuffering();
            return new StrictSource(
                settings,
                parts.connections().mainConnection(),
                parts.dispatcher(),
                parts.errors(),
                Clock.system(),
                taskContext,
                schema,
                metrics,
                parts.snapshotters(),
                client,
                parts.watched());
          }
        };
    return new Streaming<>(sources, new MySqlChangeEventSourceMetricsFactory(metrics));
  }
}
