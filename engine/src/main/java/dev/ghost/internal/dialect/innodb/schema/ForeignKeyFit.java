package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Whether foreign keys fit the new schema of a table.
 *
 * @param own foreign keys of the source
 * @param referencing foreign keys of other tables that refer to it
 */
public record ForeignKeyFit(List<ForeignKey> own, List<ForeignKey> referencing) {

  /**
   * Refuses columns of foreign keys that the ghost does not have just so.
   *
   * @param companions tables that are swapped at the same moment: what refers to one of them is
   *     looked at by {@link #refuseUnlike}
   */
  public void refuseAltered(
      InnodbTableDefinition source, InnodbTableDefinition ghost, Set<TableName> companions) {
    own.stream().findFirst().ifPresent(key -> refuseHashed(key, List.of(source, ghost)));
    for (ForeignKey key : own) {
      refuseNotNull(key, ghost);
      if (companions.contains(key.parent())) {
        refuseWithoutIndex(key, key.columns(), ghost, false);
      } else {
        refuseAltered(key, key.columns(), source, ghost);
      }
    }
    for (ForeignKey key : Stream.concat(own.stream(), referencing.stream()).toList()) {
      if (key.parent().equals(source.name())) {
        refuseAltered(key, key.parentColumns(), source, ghost);
      }
    }
  }

  /** MariaDB neither adds nor drops a foreign key in place, beside such a key's hidden column. */
  private static void refuseHashed(ForeignKey key, List<InnodbTableDefinition> tables) {
    tables.stream()
        .flatMap(table -> table.indexes().stream())
        .filter(InnodbIndex::hashed)
        .findFirst()
        .ifPresent(
            index -> {
              throw refused(
                  key,
                  "the unique key %s is too long for an index, and beside it the server makes a foreign key only by copying the table"
                      .formatted(index.name()));
            });
  }

  /** The server would refuse it under the cutover's lock. */
  private static void refuseNotNull(ForeignKey key, InnodbTableDefinition ghost) {
    for (String column : key.columns()) {
      if (key.actions().contains("SET NULL")
          && ghost.column(column).filter(c -> !c.nullable()).isPresent()) {
        throw refused(key, "it sets %s to NULL, which would be NOT NULL".formatted(column));
      }
    }
  }

  private static void refuseAltered(
      ForeignKey key,
      List<String> columns,
      InnodbTableDefinition source,
      InnodbTableDefinition ghost) {
    for (String column : columns) {
      InnodbColumn before = source.column(column).orElseThrow();
      if (ghost
          .column(column)
          .filter(after -> before.fullType().equals(after.fullType()))
          .isEmpty()) {
        throw refused(key, "%s is part of it, and would be changed or dropped".formatted(column));
      }
    }
    refuseWithoutIndex(key, columns, ghost, indexed(source, columns, true));
  }

  private static void refuseWithoutIndex(
      ForeignKey key, List<String> columns, InnodbTableDefinition ghost, boolean unique) {
    if (!indexed(ghost, columns, unique)) {
      throw refused(key, "the new schema of %s lacks its index".formatted(ghost.name()));
    }
  }

  /** Refuses foreign keys that do not fit the new schemas of both tables. */
  public void refuseUnlike(
      InnodbTableDefinition ghost, Map<TableName, InnodbTableDefinition> parents) {
    for (ForeignKey key : own) {
      InnodbTableDefinition parent = parents.get(key.parent());
      if (parent != null && !key.withinItself()) {
        refuseWithoutIndex(key, key.parentColumns(), parent, true);
        for (int i = 0; i < key.columns().size(); i++) {
          InnodbColumn one = ghost.column(key.columns().get(i)).orElseThrow();
          InnodbColumn other = parent.column(key.parentColumns().get(i)).orElseThrow();
          if (!one.fullType().equals(other.fullType())
              || !Objects.equals(one.collation(), other.collation())) {
            throw refused(
                key,
                "%s would be %s, and %s of %s %s"
                    .formatted(
                        one.name(), one.fullType(), other.name(), key.parent(), other.fullType()));
          }
        }
      }
    }
  }

  private static boolean indexed(
      InnodbTableDefinition table, List<String> columns, boolean unique) {
    return table.indexes().stream()
        .anyMatch(i -> unique ? i.unique() && i.isOn(columns) : i.leads(columns));
  }

  private static RefusedException refused(ForeignKey key, String why) {
    return new RefusedException(
        "The change does not fit the foreign key %s of %s: %s."
            .formatted(key.name(), key.table(), why),
        "ALTER TABLE %s %s; first, and add it again afterwards."
            .formatted(Sql.quote(key.table()), ForeignKey.drop(key.name())));
  }
}
