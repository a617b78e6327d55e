package dev.ghost.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import java.util.List;

/**
 * What the comparison with the server's own ALTER came to, for a run that goes on later and does
 * not compare again. Its warnings were for the run that has compared.
 */
public record ComparisonNote(int rows, List<String> columns, List<String> differences) {

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  public static ComparisonNote of(ServerComparison found) {
    return new ComparisonNote(found.rows(), found.columns(), found.differences());
  }

  /** Reads what {@link #text} has written. */
  public static ComparisonNote of(String text) {
    try {
      return JSON.readValue(text, ComparisonNote.class);
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "The journal of a run cannot be read: " + e.getOriginalMessage(),
          "It may have been written by another version of ghost: use that one, or remove what the"
              + " run has left with ghost cleanup.",
          e);
    }
  }

  public String text() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("it is made of strings and numbers", e);
    }
  }

  public ServerComparison comparison() {
    return ServerComparison.of(rows, columns, differences);
  }
}
