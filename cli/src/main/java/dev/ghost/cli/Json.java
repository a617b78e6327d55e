package dev.ghost.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationConfig;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.BeanPropertyWriter;
import com.fasterxml.jackson.databind.ser.BeanSerializerModifier;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.databind.util.NameTransformer;
import dev.ghost.api.Effect;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Phase;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The records of the library as JSON: their components by their own names. A time is in
 * milliseconds, and {@code Millis} is at the end of its name. An instant is in ISO-8601, a word in
 * lower case; what is not known is null.
 */
final class Json {

  private static final NameTransformer MILLIS = NameTransformer.simpleTransformer("", "Millis");

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .configure(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN, true)
          .addMixIn(MigrationPlan.class, PlanWithCare.class)
          .registerModule(
              new SimpleModule()
                  .addSerializer(
                      Duration.class, writing((time, out) -> out.writeNumber(millis(time))))
                  .addSerializer(Instant.class, ToStringSerializer.instance)
                  .addSerializer(Enum.class, writing((word, out) -> out.writeString(lower(word))))
                  .addKeySerializer(
                      Phase.class, writing((word, out) -> out.writeFieldName(lower(word))))
                  .addSerializer(
                      Optional.class,
                      writing((some, out) -> out.writePOJO(((Optional<?>) some).orElse(null))))
                  .setSerializerModifier(new TimesInMillis()));

  private Json() {}

  /** Adds how much care a plan needs, which is none of its components. */
  private interface PlanWithCare {
    @JsonProperty
    Effect.Kind care();
  }

  /** Has the unit in the name of each time, and of each map of times. */
  private static final class TimesInMillis extends BeanSerializerModifier {
    private static final long serialVersionUID = 1L;

    @Override
    public List<BeanPropertyWriter> changeProperties(
        SerializationConfig config, BeanDescription bean, List<BeanPropertyWriter> properties) {
      return properties.stream()
          .map(property -> isTime(property.getType()) ? property.rename(MILLIS) : property)
          .toList();
    }

    private static boolean isTime(JavaType type) {
      return type.hasRawClass(Duration.class)
          || (type.isMapLikeType() && type.getContentType().hasRawClass(Duration.class));
    }
  }

  /** Writes one value. */
  private interface Writing<T> {
    void write(T value, JsonGenerator out) throws IOException;
  }

  private static <T> JsonSerializer<T> writing(Writing<T> how) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator out, SerializerProvider provider)
          throws IOException {
        how.write(value, out);
      }
    };
  }

  private static BigDecimal millis(Duration time) {
    return BigDecimal.valueOf(time.toNanos(), 6)
        .setScale(3, RoundingMode.HALF_UP)
        .stripTrailingZeros();
  }

  private static String lower(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  /** Returns the fields of a record, in their order. */
  static Map<String, Object> fields(Object some) {
    return MAPPER.convertValue(some, new TypeReference<LinkedHashMap<String, Object>>() {});
  }

  /** Writes an object in one line. */
  static String line(Map<String, ?> fields) {
    try {
      return MAPPER.writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("made of strings, numbers and lists of them", e);
    }
  }
}
