package dev.ghost.internal.dialect.postgres;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.ghost.internal.dialect.postgres.rows.Pages;
import dev.ghost.internal.dialect.postgres.schema.Counters;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl.PostponedKey;
import dev.ghost.internal.dialect.postgres.schema.NewForeignKey;
import dev.ghost.internal.dialect.postgres.schema.PostponedParts;
import dev.ghost.internal.storage.StoredJson;
import java.util.List;
import java.util.Map;

/**
 * What a later run has to know of the ghost, as JSON.
 *
 * @param columns the ghost's columns, to notice a change
 * @param origins the source's name of a column, by the ghost's number of it
 * @param file as in {@link Pages}
 * @param rowsPerPage where the copy goes by ranges of pages; else 0
 * @param indexes as in {@link PostponedParts}
 * @param keys as in {@link PostponedParts}
 * @param newForeignKeys as in {@link PostponedParts}
 * @param foreignKeys as in {@link PostponedParts}
 * @param unvalidated as in {@link PostponedParts}
 * @param counters where the source's sequences go on
 */
record GhostNote(
    String columns,
    Map<Integer, String> origins,
    long file,
    long rowsPerPage,
    List<List<String>> indexes,
    List<PostponedKey> keys,
    List<NewForeignKey> newForeignKeys,
    List<String> foreignKeys,
    List<String> unvalidated,
    Counters counters) {

  static GhostNote of(String text) {
    return StoredJson.read(text, GhostNote.class);
  }

  String text() {
    return StoredJson.write(this);
  }

  @JsonIgnore
  PostponedParts later() {
    return new PostponedParts(indexes, keys, newForeignKeys, foreignKeys, unvalidated);
  }
}
