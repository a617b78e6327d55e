package dev.ghost.internal.change;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.internal.dialect.StreamSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.MemoryOffsetBackingStore;

/**
 * Debezium's offset store for a stream that starts at a position of our choice. Debezium makes it
 * by its class name, so the position travels in the configuration.
 */
public final class SeededOffsets extends MemoryOffsetBackingStore {

  private static final String KEY = "offset.storage.ghost.key";
  private static final String VALUE = "offset.storage.ghost.value";
  private static final ObjectMapper JSON = new ObjectMapper();

  static void seed(Properties config, String engine, StreamSpec.Position position) {
    try {
      config.setProperty(KEY, JSON.writeValueAsString(List.of(engine, position.partition())));
      config.setProperty(VALUE, JSON.writeValueAsString(position.offset()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the position is made of strings and numbers", e);
    }
  }

  @Override
  public void configure(WorkerConfig config) {
    super.configure(config);
    Map<String, String> settings = config.originalsStrings();
    data.put(bytes(settings, KEY), bytes(settings, VALUE));
  }

  @Override
  public Set<Map<String, Object>> connectorPartitions(String connectorName) {
    return Set.of();
  }

  private static ByteBuffer bytes(Map<String, String> settings, String name) {
    String text = settings.get(name);
    if (text == null) {
      throw new IllegalArgumentException(name + " is not set");
    }
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
