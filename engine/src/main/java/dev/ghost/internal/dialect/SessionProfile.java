package dev.ghost.internal.dialect;

import java.util.Map;

/**
 * What a connection is for, as far as its settings depend on it.
 *
 * @param schema the schema it works in
 * @param snapshot true for reads that need one snapshot over several statements
 * @param timeZone the server's name of a time zone, or empty for UTC
 * @param settings those by name that take the place of ours
 * @param hasty true when no statement may wait for a row or a table for longer than a second
 */
public record SessionProfile(
    String schema, boolean snapshot, String timeZone, Map<String, String> settings, boolean hasty) {

  /** For work on a schema's tables, in UTC. */
  public static SessionProfile work(String schema) {
    return new SessionProfile(schema, false, "", Map.of(), false);
  }

  public SessionProfile withSnapshot() {
    return new SessionProfile(schema, true, timeZone, settings, hasty);
  }

  public SessionProfile withTimeZone(String zone) {
    return new SessionProfile(schema, snapshot, zone, settings, hasty);
  }

  public SessionProfile withSettings(Map<String, String> values) {
    return new SessionProfile(schema, snapshot, timeZone, Map.copyOf(values), hasty);
  }

  /** For work while the application waits. */
  public SessionProfile inHaste() {
    return new SessionProfile(schema, snapshot, timeZone, settings, true);
  }
}
