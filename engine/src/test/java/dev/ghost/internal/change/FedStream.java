package dev.ghost.internal.change;

import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.StreamEvent;
import io.debezium.engine.ChangeEvent;
import io.debezium.engine.DebeziumEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;

/** A change stream whose log is what a test says; the event is the record's value. */
public final class FedStream {

  /** Where the log says how far it is. */
  public static final String POSITION = "pos";

  private final ChangeStream stream;
  private final Feed feed;
  private final List<Long> confirmed = new ArrayList<>();
  private long position;

  /** An event as Debezium hands it over. */
  private record Event(SourceRecord value) implements ChangeEvent<SourceRecord, SourceRecord> {
    @Override
    public SourceRecord key() {
      return null;
    }

    @Override
    public String destination() {
      return "t";
    }

    @Override
    public Integer partition() {
      return 0;
    }
  }

  /** Takes note of what the server may forget. */
  private final class Committer
      implements DebeziumEngine.RecordCommitter<ChangeEvent<SourceRecord, SourceRecord>> {
    @Override
    public void markProcessed(ChangeEvent<SourceRecord, SourceRecord> event) {
      confirmed.add((Long) event.value().sourceOffset().get(POSITION));
    }

    @Override
    public void markBatchFinished() {}

    @Override
    public void markProcessed(
        ChangeEvent<SourceRecord, SourceRecord> event, DebeziumEngine.Offsets offsets) {
      throw new AssertionError("positions are Debezium's own");
    }

    @Override
    public DebeziumEngine.Offsets buildOffsets() {
      throw new AssertionError("positions are Debezium's own");
    }
  }

  public FedStream(
      PlannedMigration planned, PendingKeys pending, PreparedChanges prepared, Marker marker) {
    stream = new ChangeStream(planned, pending, prepared, marker);
    feed = new Feed(null, null, List.of(stream));
    stream.fedBy(feed);
  }

  public ChangeStream stream() {
    return stream;
  }

  /** The log brings events, in one batch. */
  public void brings(StreamEvent... events) throws InterruptedException {
    List<ChangeEvent<SourceRecord, SourceRecord>> batch = new ArrayList<>();
    for (StreamEvent event : events) {
      position++;
      batch.add(
          new Event(
              new SourceRecord(Map.of(), Map.of(POSITION, position), "t", null, (Object) event)));
    }
    feed.deliver(batch, new Committer());
  }

  /** Positions up to which the server was told that it may forget; it is told with a batch. */
  public List<Long> confirmed() {
    return List.copyOf(confirmed);
  }
}
