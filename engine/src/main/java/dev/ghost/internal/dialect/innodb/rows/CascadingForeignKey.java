package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A foreign key of the source with which the server changes its rows when their parents change (ON
 * DELETE CASCADE and the like), on a server that does not log that. The parents' changes are
 * logged, so the stream brings them, and the rows are looked up: those of the ghost that refer to
 * what the parent was, and those of the source that refer to what it is now.
 *
 * @param parent the table that is referred to
 * @param columns what is referred to, and the columns of the table that refer to it
 * @param sourceIndex by which rows of the source are found that refer to a value
 * @param ghostIndex the same for the ghost
 */
public record CascadingForeignKey(
    ForeignKey key,
    InnodbTableDefinition parent,
    List<InnodbKeyColumn> columns,
    String sourceIndex,
    String ghostIndex) {

  /**
   * Looks at the foreign keys of a table that is to be migrated.
   *
   * @param acting those whose actions the server does not log
   */
  public static List<CascadingForeignKey> all(
      Connection c,
      ProductSql product,
      List<ForeignKey> acting,
      InnodbTableDefinition source,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> mapped)
      throws SQLException {
    List<CascadingForeignKey> keys = new ArrayList<>();
    for (ForeignKey key : acting) {
      refuseChain(c, key);
      InnodbTableDefinition parent = InnodbTableDefinition.read(product, c, key.parent());
      keys.add(of(key, source, parent, ghost, mapped));
    }
    return keys;
  }

  /** What changes the parent without being logged could not be seen. */
  private static void refuseChain(Connection c, ForeignKey key) throws SQLException {
    for (ForeignKey above : ForeignKey.of(c, key.parent())) {
      if (above.table().equals(key.parent())
          && above.acts()
          && above.changes(key.parentColumns())) {
        throw refused(
            key,
            "rows of %s are changed by their foreign key %s,%s, and the server does not log that"
                .formatted(key.parent(), above.name(), above.actions()));
      }
    }
  }

  private static CascadingForeignKey of(
      ForeignKey key,
      InnodbTableDefinition source,
      InnodbTableDefinition parent,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> mapped) {
    List<InnodbKeyColumn> columns = new ArrayList<>();
    for (int i = 0; i < key.columns().size(); i++) {
      String name = key.columns().get(i);
      InnodbColumn after = ghost.column(name).orElseThrow();
      if (!after.sameTypeAs(source.column(name).orElseThrow())
          || mapped.stream().anyMatch(m -> m.computed() && m.ghost().named(name))) {
        throw refused(key, "%s would have other values".formatted(name));
      }
      InnodbColumn referred = parent.column(key.parentColumns().get(i)).orElseThrow();
      columns.add(
          InnodbKeyColumn.of(referred, after)
              // The server compares the numbers of members, and not their names.
              .filter(InnodbKeyColumn::sameOrder)
              .filter(k -> !k.zeroDates() || !referred.nullable())
              .orElseThrow(
                  () ->
                      refused(
                          key,
                          "%s of %s, %s, does not come through the log exactly"
                              .formatted(referred.name(), key.parent(), referred.fullType()))));
    }
    return new CascadingForeignKey(key, parent, columns, index(key, source), index(key, ghost));
  }

  private static String index(ForeignKey key, InnodbTableDefinition table) {
    return table.indexes().stream()
        .filter(i -> i.plain() && i.leads(key.columns()))
        .findFirst()
        .orElseThrow(
            () -> refused(key, "%s has no index for it that can be used".formatted(table.name())))
        .name();
  }

  private static RefusedException refused(ForeignKey key, String why) {
    return new RefusedException(
        "The foreign key %s of %s is%s, and could not be followed: %s."
            .formatted(key.name(), key.table(), key.actions(), why),
        "Replace it, for as long as the migration takes, by one that restricts; MySQL 9.6 and newer"
            + " log what it does.");
  }

  /** Keys of the rows that refer to a value. */
  List<RowKey> referring(
      Connection c,
      TableNames names,
      InnodbKeySql chunkKey,
      Cascade cascade,
      @Nullable RowKey after,
      int most)
      throws SQLException {
    InnodbKeySql.Side side = cascade.before() ? InnodbKeySql.Side.GHOST : InnodbKeySql.Side.SOURCE;
    Alias alias = chunkKey.alias();
    String table =
        cascade.before()
            ? alias.asGhost(Sql.quote(names.ghost()))
            : alias.asSource(Sql.quote(names.source()));
    Fragment select =
        Fragment.of(
            """
            SELECT %s
              FROM %s FORCE INDEX (%s)
             WHERE %s AND %s
             ORDER BY %s
             LIMIT %s
            """,
            Fragment.plain(chunkKey.select(side)),
            Fragment.plain(table),
            Fragment.plain(Sql.quote(cascade.before() ? ghostIndex : sourceIndex)),
            refersTo(cascade.before() ? alias.ghost() : alias.source(), cascade.parent()),
            chunkKey.where(side, new KeyRange(after, null)),
            Fragment.plain(chunkKey.orderBy(side)),
            Fragment.plain(Integer.toString(most)));
    return chunkKey.read(c, select);
  }

  private Fragment refersTo(String alias, RowKey value) {
    List<Fragment.Binding> bindings = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      bindings.add(columns.get(i).binding(value.part(i)));
    }
    return new Fragment(
        columns.stream()
            .map(k -> "%s.%s = %s".formatted(alias, Sql.quote(k.ghost().name()), k.ghostEqual()))
            .collect(Collectors.joining(" AND ")),
        bindings);
  }

  /** For people. */
  public String describe() {
    return "The foreign key %s is%s, and this server does not log what that does: the changes of %s are followed too. Anyone who alters that table ends the run."
        .formatted(key.name(), key.actions(), key.parent());
  }
}
