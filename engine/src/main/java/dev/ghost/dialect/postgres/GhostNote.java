package dev.ghost.dialect.postgres;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.RefusedException;
import java.util.List;
import java.util.Map;

/**
 * What a later run has to know of the ghost, as JSON.
 *
 * @param columns the ghost's columns, to notice a change
 * @param origins the source's name of a column, by the ghost's number of it
 * @param file as in {@link Pages}
 * @param rowsPerPage where the copy goes by ranges of pages; else 0
 * @param indexes as in {@link PostgresMigration.Later}
 * @param newForeignKeys as in {@link PostgresMigration.Later}
 * @param foreignKeys as in {@link PostgresMigration.Later}
 * @param unvalidated as in {@link PostgresMigration.Later}
 * @param counters where the source's sequences go on
 */
record GhostNote(
    String columns,
    Map<Integer, String> origins,
    long file,
    long rowsPerPage,
    List<List<String>> indexes,
    List<NewForeignKey> newForeignKeys,
    List<String> foreignKeys,
    List<String> unvalidated,
    Counters counters) {

  private static final ObjectMapper JSON = new ObjectMapper();

  static GhostNote of(String text) {
    try {
      return JSON.readValue(text, GhostNote.class);
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "The journal of the earlier run cannot be read: " + e.getOriginalMessage(),
          "Begin again, with --start-over; the source is untouched.",
          e);
    }
  }

  String text() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("it is made of strings and numbers", e);
    }
  }

  @JsonIgnore
  PostgresMigration.Later later() {
    return new PostgresMigration.Later(indexes, newForeignKeys, foreignKeys, unvalidated);
  }
}
