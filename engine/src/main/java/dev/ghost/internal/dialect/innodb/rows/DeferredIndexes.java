package dev.ghost.internal.dialect.innodb.rows;

import dev.ghost.internal.dialect.innodb.schema.InnodbIndex;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Indexes that the ghost lacks while rows are copied into it, and that the server builds
 * afterwards, all in one go: sorted, and so in a fraction of the time. Only such that nothing leans
 * on meanwhile: neither uniqueness, nor the search for rows by their chunk key.
 *
 * @param definitions as the server writes them
 */
public record DeferredIndexes(List<String> definitions) {

  public static final DeferredIndexes NONE = new DeferredIndexes(List.of());

  private static final String KEY = "KEY `";

  /**
   * Chooses them.
   *
   * @param key what rows of the ghost are looked up by
   * @param acting foreign keys that they are looked up by, too
   */
  public static DeferredIndexes of(
      InnodbTableDefinition ghost, InnodbKeySql key, List<CascadingForeignKey> acting) {
    List<String> definitions = new ArrayList<>();
    for (String line : lines(ghost.ddl())) {
      if (line.startsWith("FULLTEXT ") || line.startsWith("SPATIAL ")) {
        // The server keeps them in an order of its own.
        return NONE;
      }
      if (line.startsWith(KEY)) {
        if (needed(ghost, key, acting, name(line))) {
          // Those before it stay as well, or the order of the definition would be another.
          definitions.clear();
        } else {
          definitions.add(line);
        }
      }
    }
    return new DeferredIndexes(List.copyOf(definitions));
  }

  private static boolean needed(
      InnodbTableDefinition ghost,
      InnodbKeySql key,
      List<CascadingForeignKey> acting,
      String name) {
    InnodbIndex index =
        ghost.indexes().stream().filter(i -> i.name().equals(name)).findFirst().orElseThrow();
    String first = index.columns().get(0);
    return ghost.autoIncrementColumn().filter(c -> c.named(first)).isPresent()
        || key.columns().get(0).ghost().named(first)
        || acting.stream().anyMatch(a -> index.leads(a.key().columns()));
  }

  /**
   * What is missing of a ghost that an earlier run has made; empty when it differs in anything
   * else.
   *
   * @param complete its definition with all that it is to have
   */
  public static Optional<DeferredIndexes> missing(String complete, String now) {
    List<String> wanted = new ArrayList<>(lines(complete));
    List<String> found = lines(now);
    Set<String> extra = new HashSet<>(found);
    wanted.forEach(extra::remove);
    wanted.removeAll(found);
    return extra.isEmpty() && wanted.stream().allMatch(l -> l.startsWith(KEY))
        ? Optional.of(new DeferredIndexes(List.copyOf(wanted)))
        : Optional.empty();
  }

  /** The parts of a definition. */
  private static List<String> lines(String ddl) {
    return ddl.lines().map(l -> l.strip().replaceFirst(",$", "")).toList();
  }

  private static String name(String definition) {
    return Sql.firstName(definition, KEY.length());
  }

  public boolean none() {
    return definitions.isEmpty();
  }

  public void drop(Connection c, TableName ghost) throws SQLException {
    Sql.execute(
        c,
        definitions.stream()
            .map(d -> "DROP KEY " + Sql.quote(name(d)))
            .collect(Collectors.joining(", ", "ALTER TABLE %s ".formatted(Sql.quote(ghost)), "")));
  }

  public void build(Connection c, TableName ghost) throws SQLException {
    Sql.execute(
        c,
        definitions.stream()
            .map(d -> "ADD " + d)
            .collect(Collectors.joining(", ", "ALTER TABLE %s ".formatted(Sql.quote(ghost)), "")));
  }

  /** For people. */
  @Override
  public String toString() {
    return definitions.stream().map(DeferredIndexes::name).collect(Collectors.joining(", "));
  }
}
