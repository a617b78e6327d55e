package dev.ghost.internal.storage;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import dev.ghost.api.RefusedException;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads and writes the records that a run stores in its {@link Journal}, as JSON. */
public final class StoredJson {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addDeserializer(Instant.class, new InstantDeserializer()));

  /** Passes over what it does not know. */
  private static final ObjectMapper LENIENT =
      JSON.copy().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private static final class InstantDeserializer extends StdScalarDeserializer<Instant> {
    private static final long serialVersionUID = 1L;

    InstantDeserializer() {
      super(Instant.class);
    }

    /** An earlier form has an empty text for none. */
    @Override
    public @Nullable Instant deserialize(JsonParser json, DeserializationContext context)
        throws IOException {
      String text = json.getText();
      return text.isEmpty() ? null : Instant.parse(text);
    }
  }

  private StoredJson() {}

  /**
   * Writes a record.
   *
   * @param stored made of strings, numbers, instants, lists and such records
   */
  public static String write(Object stored) {
    try {
      return JSON.writeValueAsString(stored);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "not made of strings and numbers: " + stored.getClass(), e);
    }
  }

  /**
   * Reads what {@link #write} has written.
   *
   * @throws RefusedException if it is none, or has more in it: another version may have stored it
   */
  public static <T> T read(String text, Class<T> type) {
    return read(JSON, text, type);
  }

  /** Reads the same for people, and passes over what another version may have added. */
  public static <T> T readForPeople(String text, Class<T> type) {
    return read(LENIENT, text, type);
  }

  private static <T> T read(ObjectMapper mapper, String text, Class<T> type) {
    try {
      return mapper.readValue(text, type);
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "The journal of a run cannot be read: " + e.getOriginalMessage(),
          "It may have been written by another version of ghost: use that one, or remove what the"
              + " run has left with ghost cleanup.",
          e);
    }
  }
}
