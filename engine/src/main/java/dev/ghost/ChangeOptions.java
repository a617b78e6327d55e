package dev.ghost;

import dev.ghost.api.Strategy;
import dev.ghost.api.UsageException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Sets how a table gets a new schema, for one change or for those of a script. Not thread-safe.
 *
 * @param <B> the builder itself
 * @since 0.1
 */
public abstract sealed class ChangeOptions<B extends ChangeOptions<B>> extends RunOptions<B>
    permits MigrationBuilder, ScriptBuilder {

  private Strategy strategy = Strategy.AUTO;
  private Set<String> acceptedDifferences = Set.of();

  ChangeOptions(Access access) {
    super(access);
  }

  /** Sets who makes the change. The default is {@link Strategy#AUTO}. */
  public B strategy(Strategy value) {
    strategy = Objects.requireNonNull(value);
    return self();
  }

  /**
   * Accepts that these columns of the new table get other values than the server's own ALTER would
   * give them. Without it, a difference in the sample that is compared refuses the run.
   *
   * @param columns as they are called after the change
   */
  public B acceptDifference(String... columns) {
    acceptedDifferences = Set.of(columns);
    return self();
  }

  ChangeSettings changeSettings(Optional<Duration> keepInStep) {
    if (dropsRetired() && keepInStep.isPresent()) {
      throw new UsageException(
          "A table that is dropped cannot be kept in step.",
          "Leave --drop-retired out, or --keep-in-step.");
    }
    return new ChangeSettings(strategy, acceptedDifferences, keepInStep);
  }
}
