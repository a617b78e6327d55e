package dev.ghost.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.Footprint;
import dev.ghost.api.MigrationStatus;
import dev.ghost.api.RefusedException;
import java.time.Instant;
import java.util.List;

/** What a run writes of itself into the journal; the parts are those of {@link MigrationStatus}. */
public record StatusNote(
    String phase,
    long rowsDone,
    long rowsEstimate,
    long rowsPerSecond,
    long pendingKeys,
    long keysApplied,
    long streamLagMillis,
    String held,
    String yielding,
    boolean postponed,
    List<String> acceptedDifferences,
    String comparedAt,
    String startedAt,
    String updatedAt,
    String process,
    String lastOrder,
    Footprint footprint) {

  private static final StatusNote NOTHING =
      new StatusNote(
          "", 0, 0, 0, 0, 0, 0, "", "", false, List.of(), "", "", "", "", "", Footprint.UNKNOWN);

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  public String text() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("it is made of strings and numbers", e);
    }
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @param text empty when the run has written nothing yet
   */
  public static StatusNote of(String text) {
    try {
      return text.isEmpty() ? NOTHING : JSON.readValue(text, StatusNote.class);
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "The journal of a run cannot be read: " + e.getOriginalMessage(),
          "It may have been written by another version of ghost: use that one, or remove what the"
              + " run has left with ghost cleanup.",
          e);
    }
  }

  public MigrationStatus status(String table, String change, boolean running) {
    return new MigrationStatus(
        table,
        change,
        running,
        phase,
        rowsDone,
        rowsEstimate,
        rowsPerSecond,
        pendingKeys,
        keysApplied,
        streamLagMillis,
        held,
        yielding == null ? "" : yielding,
        postponed,
        acceptedDifferences == null ? List.of() : acceptedDifferences,
        instant(comparedAt),
        instant(startedAt),
        instant(updatedAt),
        process,
        lastOrder,
        footprint == null ? Footprint.UNKNOWN : footprint);
  }

  /** Another version of ghost may have written none. */
  private static Instant instant(String text) {
    return text == null || text.isEmpty() ? null : Instant.parse(text);
  }
}
