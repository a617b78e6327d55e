package dev.ghost.dialect;

/**
 * What a connection is for, as far as its settings depend on it.
 *
 * @param schema the schema it works in
 * @param snapshot true for reads that need one snapshot over several statements
 * @param timeZone the server's name of a time zone, or empty for UTC
 */
public record SessionProfile(String schema, boolean snapshot, String timeZone) {

  /** For work on a schema's tables, in UTC. */
  public static SessionProfile work(String schema) {
    return new SessionProfile(schema, false, "");
  }

  public SessionProfile withSnapshot() {
    return new SessionProfile(schema, true, timeZone);
  }

  public SessionProfile withTimeZone(String zone) {
    return new SessionProfile(schema, snapshot, zone);
  }
}
