package dev.ghost.internal.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ghost.api.RefusedException;
import dev.ghost.internal.key.CompletedRange;
import dev.ghost.internal.key.RowKey;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * How far a migration is.
 *
 * @param attempt the number of the run, from 1; a resumed run has the next one
 * @param position of the change stream, in Debezium's terms
 * @param copied the part of the source that is copied
 * @param rowsCopied rows in it
 * @param compared the part of the source that is compared with the ghost
 * @param rowsCompared rows in it
 * @param suspects keys in it that differed and are not explained
 */
public record Checkpoint(
    int attempt,
    Map<String, ?> position,
    CompletedRange copied,
    long rowsCopied,
    CompletedRange compared,
    long rowsCompared,
    List<RowKey> suspects) {

  /** Of the text's form; one that another version wrote is not read. */
  private static final int FORM = 1;

  private static final ObjectMapper JSON = new ObjectMapper();

  public Checkpoint {
    suspects = List.copyOf(suspects);
  }

  /** Before anything is copied. */
  public static Checkpoint first(Map<String, ?> position) {
    return new Checkpoint(
        1, position, CompletedRange.NOTHING, 0, CompletedRange.NOTHING, 0, List.of());
  }

  /** The same, for the run that resumes. */
  public Checkpoint nextAttempt() {
    return new Checkpoint(
        attempt + 1, position, copied, rowsCopied, compared, rowsCompared, suspects);
  }

  /** The same, with the stream further on. */
  public Checkpoint withPosition(Map<String, ?> further) {
    return new Checkpoint(attempt, further, copied, rowsCopied, compared, rowsCompared, suspects);
  }

  /** The same, with more of the source copied. */
  public Checkpoint withCopied(CompletedRange extent, long rows) {
    return new Checkpoint(attempt, position, extent, rows, compared, rowsCompared, suspects);
  }

  /** The same, with more of the source compared. */
  public Checkpoint withCompared(CompletedRange extent, long rows, List<RowKey> differing) {
    return new Checkpoint(attempt, position, copied, rowsCopied, extent, rows, differing);
  }

  public String text() {
    ObjectNode json = JSON.createObjectNode();
    json.put("form", FORM);
    json.put("attempt", attempt);
    json.set("position", JSON.valueToTree(position));
    json.set("copied", json(copied));
    json.put("rowsCopied", rowsCopied);
    json.set("compared", json(compared));
    json.put("rowsCompared", rowsCompared);
    json.set("suspects", JSON.valueToTree(suspects.stream().map(Checkpoint::parts).toList()));
    return json.toString();
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @throws RefusedException if another version of ghost has written it
   */
  public static Checkpoint of(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      if (json.path("form").asInt() != FORM) {
        throw new RefusedException(
            "The earlier run was made by another version of ghost.",
            "Run the command with that version, or begin again with --start-over.");
      }
      List<RowKey> suspects = new ArrayList<>();
      json.get("suspects").forEach(s -> suspects.add(key(s)));
      return new Checkpoint(
          json.get("attempt").asInt(),
          JSON.convertValue(json.get("position"), new TypeReference<Map<String, Object>>() {}),
          extent(json.get("copied")),
          json.get("rowsCopied").asLong(),
          extent(json.get("compared")),
          json.get("rowsCompared").asLong(),
          suspects);
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "The checkpoint of the earlier run cannot be read: " + e.getOriginalMessage(),
          "Begin again, with --start-over; the source is untouched.",
          e);
    }
  }

  private static JsonNode json(CompletedRange extent) {
    if (extent.whole()) {
      return JSON.valueToTree("whole");
    }
    return extent.upTo() == null ? JSON.nullNode() : JSON.valueToTree(parts(extent.upTo()));
  }

  private static CompletedRange extent(JsonNode json) {
    if (json.isTextual()) {
      return CompletedRange.WHOLE;
    }
    return json.isNull() ? CompletedRange.NOTHING : new CompletedRange(key(json), false);
  }

  /** Each part with a letter for its type. */
  private static List<String> parts(RowKey key) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < key.size(); i++) {
      Object part = key.part(i);
      parts.add(
          part instanceof Long l
              ? "l" + l
              : part instanceof BigInteger b
                  ? "i" + b
                  : part instanceof BigDecimal d
                      ? "d" + d.toPlainString()
                      : part instanceof byte[] b ? "b" + HexFormat.of().formatHex(b) : "s" + part);
    }
    return parts;
  }

  private static RowKey key(JsonNode json) {
    List<Object> parts = new ArrayList<>();
    for (JsonNode part : json) {
      String value = part.asText().substring(1);
      parts.add(
          switch (part.asText().charAt(0)) {
            case 'l' -> Long.valueOf(value);
            case 'i' -> new BigInteger(value);
            case 'd' -> new BigDecimal(value);
            case 'b' -> HexFormat.of().parseHex(value);
            case 's' -> value;
            default -> throw new IllegalStateException("not a part of a key: " + part);
          });
    }
    return new RowKey(parts);
  }
}
