package dev.ghost.internal.plan;

import dev.ghost.api.Effect;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Way;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a plan says of a table, by the server or by a ghost.
 *
 * @param server product and version
 * @param change what was asked for
 * @param rows the server's estimate
 * @param bytes the server's estimate of table and indexes
 */
public record PlanFacts(String server, TableName source, String change, long rows, long bytes) {

  /**
   * What a ghost is filled by.
   *
   * @param key name and columns of the chunk key
   * @param columns how each column of the ghost gets its values
   */
  public record Copy(String key, List<String> columns) {}

  /** Plans a change that the server makes itself. */
  public MigrationPlan byServer(
      Way way, List<String> statements, List<Effect> effects, List<String> warnings) {
    return plan(change, way, statements, effects, Optional.empty(), Optional.empty(), warnings);
  }

  /**
   * Plans a change that a ghost makes.
   *
   * @param retirement of the ghost, where it is the retired table that is swapped back
   */
  public MigrationPlan byGhost(
      TableNames names,
      Optional<Retirement> retirement,
      List<Effect> effects,
      Copy copy,
      List<String> warnings) {
    return plan(
        retirement
            .map(r -> "back to %s, retired %s by: %s".formatted(names.ghost(), r.at(), r.change()))
            .orElse(change),
        retirement.isPresent() ? Way.REVERT : Way.GHOST,
        List.of(),
        effects,
        Optional.of(names),
        Optional.of(copy),
        warnings);
  }

  private MigrationPlan plan(
      String what,
      Way way,
      List<String> statements,
      List<Effect> effects,
      Optional<TableNames> names,
      Optional<Copy> copy,
      List<String> warnings) {
    return new MigrationPlan(
        server,
        source.toString(),
        what,
        way,
        statements,
        effects,
        names.map(n -> n.ghost().toString()),
        names.map(n -> n.retired().toString()),
        copy.map(Copy::key),
        copy.map(Copy::columns).orElse(List.of()),
        rows,
        bytes,
        Duration.ZERO,
        Optional.empty(),
        warnings);
  }
}
