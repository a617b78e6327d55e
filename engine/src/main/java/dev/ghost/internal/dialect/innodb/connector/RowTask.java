package dev.ghost.internal.dialect.innodb.connector;

import io.debezium.DebeziumException;
import io.debezium.bean.StandardBeanNames;
import io.debezium.config.CommonConnectorConfig;
import io.debezium.config.Configuration;
import io.debezium.connector.base.ChangeEventQueue;
import io.debezium.connector.base.DefaultQueueProvider;
import io.debezium.connector.binlog.BinlogConnectorConfig;
import io.debezium.connector.binlog.BinlogDatabaseSchema;
import io.debezium.connector.binlog.BinlogEventMetadataProvider;
import io.debezium.connector.binlog.BinlogOffsetContext;
import io.debezium.connector.binlog.BinlogPartition;
import io.debezium.connector.binlog.BinlogSourceTask;
import io.debezium.connector.binlog.jdbc.BinlogConnectorConnection;
import io.debezium.connector.common.CdcSourceTaskContext;
import io.debezium.connector.common.DebeziumHeaderProducer;
import io.debezium.document.DocumentReader;
import io.debezium.heartbeat.HeartbeatFactory;
import io.debezium.jdbc.DefaultMainConnectionProvidingConnectionFactory;
import io.debezium.jdbc.MainConnectionProvidingConnectionFactory;
import io.debezium.pipeline.ChangeEventSourceCoordinator;
import io.debezium.pipeline.DataChangeEvent;
import io.debezium.pipeline.ErrorHandler;
import io.debezium.pipeline.EventDispatcher;
import io.debezium.pipeline.metrics.spi.ChangeEventSourceMetricsFactory;
import io.debezium.pipeline.notification.NotificationService;
import io.debezium.pipeline.signal.SignalProcessor;
import io.debezium.pipeline.source.spi.ChangeEventSourceFactory;
import io.debezium.pipeline.spi.OffsetContext;
import io.debezium.pipeline.spi.Offsets;
import io.debezium.pipeline.spi.Partition;
import io.debezium.relational.CustomConverterRegistry;
import io.debezium.relational.TableId;
import io.debezium.relational.ValueConverterProvider;
import io.debezium.schema.SchemaFactory;
import io.debezium.snapshot.SnapshotterService;
import io.debezium.spi.topic.TopicNamingStrategy;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * Puts Debezium's parts together around ghost's streaming source: a position and a schema history
 * are always there, so nothing is ever snapshotted. Debezium makes a product's task by its class
 * name, and uses it from one thread.
 *
 * @param <P> the product's partition
 * @param <O> the product's position
 * @param <V> what converts the product's values
 */
public abstract class RowTask<
        P extends BinlogPartition,
        O extends BinlogOffsetContext<?>,
        V extends ValueConverterProvider>
    extends BinlogSourceTask<P, O> {

  // Set when Debezium starts the task. Only getErrorHandler and doStop may come before: they look.
  @SuppressWarnings("NullAway.Init")
  private BinlogConnectorConfig settings;

  @SuppressWarnings("NullAway.Init")
  private CdcSourceTaskContext<? extends CommonConnectorConfig> taskContext;

  @SuppressWarnings("NullAway.Init")
  private BinlogDatabaseSchema<P, O, V, ?> schema;

  @SuppressWarnings("NullAway.Init")
  private MainConnectionProvidingConnectionFactory<BinlogConnectorConnection> connections;

  @SuppressWarnings("NullAway.Init")
  private BinlogConnectorConnection spare;

  @SuppressWarnings("NullAway.Init")
  private ChangeEventQueue<DataChangeEvent> queue;

  @SuppressWarnings("NullAway.Init")
  private ErrorHandler errors;

  /** What a streaming source is made of. */
  public record Parts<P extends BinlogPartition>(
      MainConnectionProvidingConnectionFactory<BinlogConnectorConnection> connections,
      ErrorHandler errors,
      EventDispatcher<P, TableId> dispatcher,
      ChangeEventQueue<DataChangeEvent> queue,
      BinlogEventMetadataProvider metadata,
      SnapshotterService snapshotters,
      Watched watched) {}

  /** A streaming source, and what counts for it. */
  public record Streaming<P extends BinlogPartition, O extends BinlogOffsetContext<?>>(
      ChangeEventSourceFactory<P, O> sources, ChangeEventSourceMetricsFactory<P> metrics) {}

  protected abstract Class<? extends SourceConnector> connector();

  protected abstract BinlogConnectorConfig settings(Configuration config);

  /** Made after the settings. */
  protected abstract CdcSourceTaskContext<? extends CommonConnectorConfig> context(
      Configuration config);

  protected abstract BinlogConnectorConnection connect(Configuration config);

  protected abstract Partition.Provider<P> partitions(Configuration config);

  protected abstract OffsetContext.Loader<O> offsets();

  protected abstract V converters();

  protected abstract BinlogDatabaseSchema<P, O, V, ?> schema(
      V converters,
      TopicNamingStrategy<TableId> topics,
      boolean caseSensitive,
      CustomConverterRegistry registry);

  protected abstract ErrorHandler errorHandler(
      ChangeEventQueue<DataChangeEvent> queue, ErrorHandler replaced);

  protected abstract Streaming<P, O> streaming(Parts<P> parts);

  /** The thread's name in the log. */
  protected abstract String threadName();

  @Override
  public final CdcSourceTaskContext<? extends CommonConnectorConfig> preStart(
      Configuration config) {
    settings = settings(config);
    taskContext = context(config);
    return taskContext;
  }

  @Override
  protected final ChangeEventSourceCoordinator<P, O> start(Configuration config) {
    connections = new DefaultMainConnectionProvidingConnectionFactory<>(() -> connect(config));
    Offsets<P, O> offsets = getPreviousOffsets(partitions(config), offsets());
    registerServiceProviders(settings.getServiceRegistry());
    V converters = converters();
    @SuppressWarnings("unchecked") // Debezium gives it raw
    TopicNamingStrategy<TableId> topics =
        settings.getTopicNamingStrategy(BinlogConnectorConfig.TOPIC_NAMING_STRATEGY);
    schema =
        schema(
            converters,
            topics,
            connections.mainConnection().isTableIdCaseSensitive(),
            settings.getServiceRegistry().tryGetService(CustomConverterRegistry.class));
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
            .loggingContextSupplier(() -> taskContext.configureLoggingContext(threadName()))
            .buffering()
            .build();
    errors = errorHandler(queue, errors);
    return coordinate(config, offsets, topics, snapshotters);
  }

  private ChangeEventSourceCoordinator<P, O> coordinate(
      Configuration config,
      Offsets<P, O> offsets,
      TopicNamingStrategy<TableId> topics,
      SnapshotterService snapshotters) {
    BinlogEventMetadataProvider metadata = new BinlogEventMetadataProvider();
    SignalProcessor<P, O> signals =
        new SignalProcessor<>(
            connector(),
            settings,
            Map.of(),
            getAvailableSignalChannels(),
            DocumentReader.defaultReader(),
            offsets);
    EventDispatcher<P, TableId> dispatcher =
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
    Streaming<P, O> streaming =
        streaming(
            new Parts<>(
                connections,
                errors,
                dispatcher,
                queue,
                metadata,
                snapshotters,
                Watched.parse(config.getString(Watched.SETTING))));
    ChangeEventSourceCoordinator<P, O> coordinator =
        new ChangeEventSourceCoordinator<>(
            offsets,
            errors,
            connector(),
            settings,
            streaming.sources(),
            streaming.metrics(),
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

  private void registerBeans(Configuration config, V converters, Offsets<P, O> offsets) {
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
  protected final List<SourceRecord> doPoll() throws InterruptedException {
    return queue.poll().stream().map(DataChangeEvent::getRecord).toList();
  }

  @Override
  protected final Optional<ErrorHandler> getErrorHandler() {
    return Optional.ofNullable(errors);
  }

  @Override
  protected final void doStop() {
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
