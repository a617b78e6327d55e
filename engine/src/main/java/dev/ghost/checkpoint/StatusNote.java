package dev.ghost.checkpoint;

import dev.ghost.api.MigrationStatus;
import dev.ghost.api.ResourceUsage;
import dev.ghost.dialect.StoredJson;
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
    ResourceUsage footprint) {

  private static final StatusNote NOTHING =
      new StatusNote(
          "",
          0,
          0,
          0,
          0,
          0,
          0,
          "",
          "",
          false,
          List.of(),
          "",
          "",
          "",
          "",
          "",
          ResourceUsage.UNKNOWN);

  public String text() {
    return StoredJson.write(this);
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @param text empty when the run has written nothing yet
   */
  public static StatusNote of(String text) {
    return text.isEmpty() ? NOTHING : StoredJson.readForPeople(text, StatusNote.class);
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
        footprint == null ? ResourceUsage.UNKNOWN : footprint);
  }

  /** Another version of ghost may have written none. */
  private static Instant instant(String text) {
    return text == null || text.isEmpty() ? null : Instant.parse(text);
  }
}
