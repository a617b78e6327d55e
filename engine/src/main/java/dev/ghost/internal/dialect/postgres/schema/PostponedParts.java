package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.schema.GhostDdl.PostponedKey;
import java.util.Collection;
import java.util.List;

/**
 * What the ghost lacks until later.
 *
 * @param indexes built after the copy; for each the statements that build it
 * @param keys unique indexes, without which the copy goes; those that are there have nothing left
 * @param newForeignKeys added by the change; looked at after the copy, and made by the swap
 * @param foreignKeys names of the source's that the swap makes again
 * @param unvalidated statements of the swap that make the constraints which need not hold for all
 *     rows
 */
public record PostponedParts(
    List<List<String>> indexes,
    List<PostponedKey> keys,
    List<NewForeignKey> newForeignKeys,
    List<String> foreignKeys,
    List<String> unvalidated) {

  /** Returns what is left when some of it is there already. */
  public PostponedParts without(Collection<String> builtIndexes, Collection<String> constraints) {
    return new PostponedParts(
        indexes.stream().filter(i -> i.stream().noneMatch(builtIndexes::contains)).toList(),
        keys.stream()
            .map(
                k ->
                    new PostponedKey(
                        k.index(),
                        k.build().stream().anyMatch(builtIndexes::contains) ? List.of() : k.build(),
                        constraints.contains(k.index().name()) ? List.of() : k.attach()))
            .toList(),
        newForeignKeys,
        foreignKeys,
        unvalidated);
  }

  /** Returns the unique indexes that the ghost does not have yet. */
  public List<PostgresIndex> missingKeys() {
    return keys.stream().filter(k -> !k.build().isEmpty()).map(PostponedKey::index).toList();
  }
}
