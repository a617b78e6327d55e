package dev.ghost.internal.checkpoint;

import dev.ghost.api.ServerComparison;
import dev.ghost.internal.storage.StoredJson;
import java.util.List;

/**
 * What the comparison with the server's own ALTER came to, for a run that continues later and does
 * not compare again. Its warnings were for the run that has compared.
 */
public record ComparisonNote(int rows, List<String> columns, List<String> differences) {

  public static ComparisonNote of(ServerComparison found) {
    return new ComparisonNote(found.rows(), found.columns(), found.differences());
  }

  /** Reads what {@link #text} has written. */
  public static ComparisonNote of(String text) {
    return StoredJson.readForPeople(text, ComparisonNote.class);
  }

  public String text() {
    return StoredJson.write(this);
  }

  public ServerComparison comparison() {
    return ServerComparison.of(rows, columns, differences);
  }
}
