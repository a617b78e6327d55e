package dev.ghost.api;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a migration is going to do, for people and programs to read.
 *
 * @param server product and version
 * @param table the source, {@code schema.table}
 * @param change the change as it will be applied to the ghost
 * @param way how it is made
 * @param statements what the server is told where it makes the change itself; else empty
 * @param effects what each part of the change means for the application
 * @param ghostTable the table that is filled and then swapped in; empty where the server makes the
 *     change itself
 * @param retiredTable the name the source will have after the cutover; as {@code ghostTable}
 * @param chunkKey name and columns of the key that orders the copy; as {@code ghostTable}
 * @param columns how each column of the new schema gets its values
 * @param estimatedRows the server's estimate
 * @param estimatedBytes the server's estimate of table and indexes
 * @param estimatedTime about how long it takes on this server when it has nothing else to do, by a
 *     few rows that were copied and rolled back; zero when that is not known, and where the server
 *     makes the change itself
 * @param comparison what the server's own ALTER made of a sample; empty where nothing is copied,
 *     and until it is compared
 * @param warnings what the user should know before going on
 */
public record MigrationPlan(
    String server,
    String table,
    String change,
    Way way,
    List<String> statements,
    List<Effect> effects,
    Optional<String> ghostTable,
    Optional<String> retiredTable,
    Optional<String> chunkKey,
    List<String> columns,
    long estimatedRows,
    long estimatedBytes,
    Duration estimatedTime,
    Optional<ServerComparison> comparison,
    List<String> warnings) {

  public MigrationPlan {
    statements = List.copyOf(statements);
    effects = List.copyOf(effects);
    columns = List.copyOf(columns);
    warnings = List.copyOf(warnings);
  }

  /** The same with an estimate. */
  public MigrationPlan lasting(Duration time) {
    return with(time, comparison, warnings);
  }

  /** The same with what the server's own ALTER made of a sample, and what is to know of that. */
  public MigrationPlan compared(Optional<ServerComparison> found) {
    return with(
        estimatedTime,
        found,
        Stream.concat(warnings.stream(), found.stream().flatMap(f -> f.warnings().stream()))
            .toList());
  }

  /** The same with another warning. */
  public MigrationPlan warned(String warning) {
    return with(
        estimatedTime, comparison, Stream.concat(warnings.stream(), Stream.of(warning)).toList());
  }

  private MigrationPlan with(Duration time, Optional<ServerComparison> found, List<String> told) {
    return new MigrationPlan(
        server,
        table,
        change,
        way,
        statements,
        effects,
        ghostTable,
        retiredTable,
        chunkKey,
        columns,
        estimatedRows,
        estimatedBytes,
        time,
        found,
        told);
  }

  /** How much care the change needs, all in all. */
  public Effect.Kind care() {
    return effects.stream()
        .map(Effect::kind)
        .max(Comparator.naturalOrder())
        .orElse(Effect.Kind.EXPAND);
  }
}
