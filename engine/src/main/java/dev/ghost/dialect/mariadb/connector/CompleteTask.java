package dev.ghost.dialect.mariadb.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import io.debezium.DebeziumException;
import io.debezium.bean.StandardBeanNames;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.config.Field;
import io.debezium.connector.base.ChangeEventQueue;
import io.debezium.connector.base.DefaultQueueProvider;
import io.debezium.connector.binlog.BinlogConnectorConfig;
import io.debezium.connector.binlog.BinlogEventMetadataProvider;
import io.debezium.connector.binlog.BinlogSourceTask;
import io.debezium.connector.binlog.jdbc.BinlogConnectorConnection;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.common.DebeziumHeaderProducer;
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
import io.debezium.document.DocumentReader;
import io.debezium.heartbeat.HeartbeatFactory;
import io.debezium.jdbc.DefaultMainConnectionProvidingConnectionFactory;
import io.debezium.jdbc.MainConnectionProvidingConnectionFactory;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import io.debezium.pipeline.DataChangeEvent;
import io.debezium.pipeline.ErrorHandler;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.pipeline.notification.NotificationService;
import io.debezium.pipeline.signal.SignalProcessor;
import io.debezium.pipeline.source.spi.StreamingChangeEventSource;
import io.debezium.pipeline.spi.Offsets;
import io.debezium.relational.CustomConverterRegistry;
import io.debezium.relational.TableId;
import io.debezium.schema.SchemaFactory;
import io.debezium.snapshot.SnapshotterService;
import io.debezium.spi.topic.TopicNamingStrategy;
import io.debezium.util.Clock;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Puts Debezium's parts together around {@link CompleteSource}: a position and a schema history are
 * always there, so nothing is ever snapshotted. Debezium makes it by its class name, and uses it
 * from one thread.
 */
public final class CompleteTask extends BinlogSourceTask<MariaDbPartition, MariaDbOffsetContext> {

  private MariaDbConnectorConfig settings;
  private String watched;
  private MariaDbTaskContext taskContext;
  private MariaDbDatabaseSchema schema;
  private MainConnectionProvidingConnectionFactory<BinlogConnectorConnection> connections;
  private BinlogConnectorConnection spare;
  private ChangeEventQueue<DataChangeEvent> queue;
  private ErrorHandler errors;

  @Override
  public String version() {
    return Module.version();
  }

  @Override
  protected String connectorName() {
    return Module.name();
  }

  @Override
  protected Iterable<Field> getAllConfigurationFields() {
    return MariaDbConnectorConfig.ALL_FIELDS;
  }

  @Override
  public CdcSourceTaskContext<? extends CommonConnectorConfig> preStart(Configuration config) {
    settings = new MariaDbConnectorConfig(config);
    watched = config.getString(CompleteConnector.WATCHED);
    taskContext = new MariaDbTaskContext(config, settings);
    return taskContext;
  }

  @Override
  protected ChangeEventSourceCoordinator<MariaDbPartition, MariaDbOffsetContext> start(
      Configuration config) {
    connections = new DefaultMainConnectionProvidingConnectionFactory<>(() -> connect(config));
    Offsets<MariaDbPartition, MariaDbOffsetContext> offsets =
        getPreviousOffsets(
            new MariaDbPartition.Provider(settings, config),
            new MariaDbOffsetContext.Loader(settings));
    registerServiceProviders(settings.getServiceRegistry());
    MariaDbValueConverters converters = converters();
    @SuppressWarnings("unchecked") // Debezium gives it raw
    TopicNamingStrategy<TableId> topics =
        settings.getTopicNamingStrategy(BinlogConnectorConfig.TOPIC_NAMING_STRATEGY);
    schema =
        new MariaDbDatabaseSchema(
            settings,
            converters,
            topics,
            settings.schemaNameAdjuster(),
            connections.mainConnection().isTableIdCaseSensitive(),
            settings.getServiceRegistry().tryGetService(CustomConverterRegistry.class),
            taskContext);
    registerBeans(config, converters, offsets);
    SnapshotterService snapshotters =
        settings.getServiceRegistry().tryGetService(SnapshotterService.class);
    validateBinlogConfiguration(snapshotters.getSnapshotter(), connections.mainConnection());
    validateSchemaHistory(
        settings,
        connections.mainConnection()::validateLogPosition,
        offsets,
        schema,
        snapshotters.getSnapshotter());
    queue =
        new ChangeEventQueue.Builder<DataChangeEvent>()
            .pollInterval(settings.getPollInterval())
            .maxBatchSize(settings.getMaxBatchSize())
            .maxQueueSize(settings.getMaxQueueSize())
            .maxQueueSizeInBytes(settings.getMaxQueueSizeInBytes())
            .queueProvider(new DefaultQueueProvider<>(settings.getMaxQueueSize()))
            .loggingContextSupplier(
                () -> taskContext.configureLoggingContext("mariadb-connector-task"))
            .buffering()
            .build();
    errors = new MariaDbErrorHandler(settings, queue, errors);
    return coordinate(config, offsets, topics, snapshotters);
  }

  private ChangeEventSourceCoordinator<MariaDbPartition, MariaDbOffsetContext> coordinate(
      Configuration config,
      Offsets<MariaDbPartition, MariaDbOffsetContext> offsets,
      TopicNamingStrategy<TableId> topics,
      SnapshotterService snapshotters) {
    BinlogEventMetadataProvider metadata = new BinlogEventMetadataProvider();
    SignalProcessor<MariaDbPartition, MariaDbOffsetContext> signals =
        new SignalProcessor<>(
            CompleteConnector.class,
            settings,
            Map.of(),
            getAvailableSignalChannels(),
            DocumentReader.defaultReader(),
            offsets);
    EventDispatcher<MariaDbPartition, TableId> dispatcher =
        new EventDispatcher<>(
            settings,
            topics,
            schema,
            queue,
            settings.getTableFilters().dataCollectionFilter(),
            DataChangeEvent::new,
            null,
            metadata,
            new HeartbeatFactory<>()
                .getScheduledHeartbeat(
                    settings, () -> connect(config), new BinlogHeartbeatErrorHandler(), queue),
            settings.schemaNameAdjuster(),
            signals,
            settings.getServiceRegistry().tryGetService(DebeziumHeaderProducer.class));
    BinaryLogClient client =
        new BinaryLogClient(
            settings.getHostName(),
            settings.getPort(),
            settings.getUserName(),
            settings.getPassword());
    MariaDbStreamingChangeEventSourceMetrics metrics =
        new MariaDbStreamingChangeEventSourceMetrics(
            taskContext, queue, metadata, schema::dataCollectionIds, client);
    ChangeEventSourceCoordinator<MariaDbPartition, MariaDbOffsetContext> coordinator =
        new ChangeEventSourceCoordinator<>(
            offsets,
            errors,
            CompleteConnector.class,
            settings,
            sources(dispatcher, metrics, snapshotters, client),
            new MariaDbChangeEventSourceMetricsFactory(metrics),
            dispatcher,
            schema,
            signals,
            new NotificationService<>(
                getNotificationChannels(),
                settings,
                SchemaFactory.get(),
                dispatcher::enqueueNotification),
            snapshotters);
    coordinator.start(taskContext, queue, metadata);
    return coordinator;
  }

  private MariaDbChangeEventSourceFactory sources(
      EventDispatcher<MariaDbPartition, TableId> dispatcher,
      MariaDbStreamingChangeEventSourceMetrics metrics,
      SnapshotterService snapshotters,
      BinaryLogClient client) {
    return new MariaDbChangeEventSourceFactory(
        settings,
        connections,
        errors,
        dispatcher,
        Clock.system(),
        schema,
        taskContext,
        metrics,
        queue,
        snapshotters,
        client) {
      @Override
      public StreamingChangeEventSource<MariaDbPartition, MariaDbOffsetContext>
          getStreamingChangeEventSource() {
        queue.disableBuffering();
        return new CompleteSource(
            settings,
            connections.mainConnection(),
            dispatcher,
            errors,
            Clock.system(),
            taskContext,
            schema,
            metrics,
            snapshotters,
            client,
            watched);
      }
    };
  }

  private BinlogConnectorConnection connect(Configuration config) {
    return new MariaDbConnection(
        new MariaDbConnectionConfiguration(config), new MariaDbFieldReader(settings));
  }

  private MariaDbValueConverters converters() {
    return new MariaDbValueConverters(
        settings.getDecimalMode(),
        settings.getTemporalPrecisionMode(),
        settings.getBigIntUnsignedHandlingMode().asBigIntUnsignedMode(),
        settings.binaryHandlingMode(),
        x -> x,
        settings.getEventConvertingFailureHandlingMode(),
        settings.getServiceRegistry());
  }

  private void registerBeans(
      Configuration config,
      MariaDbValueConverters converters,
      Offsets<MariaDbPartition, MariaDbOffsetContext> offsets) {
    spare = connections.newConnection();
    var beans = settings.getBeanRegistry();
    beans.add(StandardBeanNames.CONFIGURATION, config);
    beans.add(StandardBeanNames.CONNECTOR_CONFIG, settings);
    beans.add(StandardBeanNames.DATABASE_SCHEMA, schema);
    beans.add(StandardBeanNames.JDBC_CONNECTION, spare);
    beans.add(StandardBeanNames.VALUE_CONVERTER, converters);
    beans.add(StandardBeanNames.OFFSETS, offsets);
    beans.add(StandardBeanNames.CDC_SOURCE_TASK_CONTEXT, taskContext);
  }

  @Override
  protected List<SourceRecord> doPoll() throws InterruptedException {
    return queue.poll().stream().map(DataChangeEvent::getRecord).toList();
  }

  @Override
  protected Optional<ErrorHandler> getErrorHandler() {
    return Optional.ofNullable(errors);
  }

  @Override
  protected void doStop() {
    try {
      if (connections != null) {
        connections.mainConnection().close();
      }
      if (spare != null) {
        spare.close();
      }
    } catch (SQLException e) {
      throw new DebeziumException("a connection could not be closed", e);
    } finally {
      if (schema != null) {
        schema.close();
      }
    }
  }
}
