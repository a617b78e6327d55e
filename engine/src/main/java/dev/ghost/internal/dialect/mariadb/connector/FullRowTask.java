package dev.ghost.internal.dialect.mariadb.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import dev.ghost.internal.dialect.innodb.connector.RowTask;
import dev.ghost.internal.dialect.innodb.connector.SecuredClient;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.config.Field;
import io.debezium.connector.base.ChangeEventQueue;
import io.debezium.connector.binlog.BinlogConnectorConfig;
import io.debezium.connector.binlog.jdbc.BinlogConnectorConnection;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.mariadb.MariaDbChangeEventSourceFactory;
import io.debezium.connector.mariadb.MariaDbConnectorConfig;
import io.debezium.connector.mariadb.MariaDbDatabaseSchema;
import io.debezium.connector.mariadb.MariaDbErrorHandler;
import io.debezium.connector.mariadb.MariaDbOffsetContext;
import io.debezium.connector.mariadb.MariaDbPartition;
import io.debezium.connector.mariadb.MariaDbTaskContext;
import io.debezium.connector.mariadb.Module;
import io.debezium.connector.mariadb.jdbc.MariaDbConnection;
import io.debezium.connector.mariadb.jdbc.MariaDbConnectionConfiguration;
import io.debezium.connector.mariadb.jdbc.MariaDbFieldReader;
import io.debezium.connector.mariadb.jdbc.MariaDbValueConverters;
import io.debezium.connector.mariadb.metrics.MariaDbChangeEventSourceMetricsFactory;
import io.debezium.connector.mariadb.metrics.MariaDbStreamingChangeEventSourceMetrics;
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
 * MariaDb's parts of the task, around {@link FullRowSource}. Debezium makes it by its class name,
 * and uses it from one thread.
 */
public final class FullRowTask
    extends RowTask<MariaDbPartition, MariaDbOffsetContext, MariaDbValueConverters> {

  // Set when Debezium starts the task, before it asks for anything of it.
  @SuppressWarnings("NullAway.Init")
  private MariaDbConnectorConfig settings;

  @SuppressWarnings("NullAway.Init")
  private MariaDbTaskContext taskContext;

  @SuppressWarnings("NullAway.Init")
  private MariaDbDatabaseSchema schema;

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
    return "mariadb-connector-task";
  }

  @Override
  protected Class<? extends SourceConnector> connector() {
    return FullRowConnector.class;
  }

  @Override
  protected Iterable<Field> getAllConfigurationFields() {
    return MariaDbConnectorConfig.ALL_FIELDS;
  }

  @Override
  protected BinlogConnectorConfig settings(Configuration config) {
    settings = new MariaDbConnectorConfig(config);
    return settings;
  }

  @Override
  protected CdcSourceTaskContext<? extends CommonConnectorConfig> context(Configuration config) {
    taskContext = new MariaDbTaskContext(config, settings);
    return taskContext;
  }

  @Override
  protected BinlogConnectorConnection connect(Configuration config) {
    return new MariaDbConnection(
        new MariaDbConnectionConfiguration(config), new MariaDbFieldReader(settings));
  }

  @Override
  protected Partition.Provider<MariaDbPartition> partitions(Configuration config) {
    return new MariaDbPartition.Provider(settings, config);
  }

  @Override
  protected OffsetContext.Loader<MariaDbOffsetContext> offsets() {
    return new MariaDbOffsetContext.Loader(settings);
  }

  @Override
  protected MariaDbValueConverters converters() {
    return new MariaDbValueConverters(
        settings.getDecimalMode(),
        settings.getTemporalPrecisionMode(),
        settings.getBigIntUnsignedHandlingMode().asBigIntUnsignedMode(),
        settings.binaryHandlingMode(),
        x -> x,
        settings.getEventConvertingFailureHandlingMode(),
        settings.getServiceRegistry());
  }

  @Override
  protected MariaDbDatabaseSchema schema(
      MariaDbValueConverters converters,
      TopicNamingStrategy<TableId> topics,
      boolean caseSensitive,
      CustomConverterRegistry registry) {
    schema =
        new MariaDbDatabaseSchema(
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
    return new MariaDbErrorHandler(settings, queue, replaced);
  }

  @Override
  protected Streaming<MariaDbPartition, MariaDbOffsetContext> streaming(
      Parts<MariaDbPartition> parts) {
    BinaryLogClient client =
        new SecuredClient(
            settings.getHostName(),
            settings.getPort(),
            settings.getUserName(),
            settings.getPassword());
    MariaDbStreamingChangeEventSourceMetrics metrics =
        new MariaDbStreamingChangeEventSourceMetrics(
            taskContext, parts.queue(), parts.metadata(), schema::dataCollectionIds, client);
    MariaDbChangeEventSourceFactory sources =
        new MariaDbChangeEventSourceFactory(
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
          public StreamingChangeEventSource<MariaDbPartition, MariaDbOffsetContext>
              getStreamingChangeEventSource() {
            parts.queue().disableBuffering();
            return new FullRowSource(
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
    return new Streaming<>(sources, new MariaDbChangeEventSourceMetricsFactory(metrics));
  }
}
