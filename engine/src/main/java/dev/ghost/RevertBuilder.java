package dev.ghost;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.Strategy;
import dev.ghost.internal.migration.Reversal;
import dev.ghost.internal.migration.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Collects what the way back needs: {@link Ghost#revert} begins it. Not thread-safe.
 *
 * @since 0.1
 */
public final class RevertBuilder extends RunOptions<RevertBuilder> {

  private final String table;
  private final Map<String, String> expressions = new LinkedHashMap<>();

  RevertBuilder(Access access, String table) {
    super(access);
    this.table = table;
  }

  @Override
  RevertBuilder self() {
    return this;
  }

  /**
   * Fills a column of the former table from an expression over the present columns. It is needed
   * where the change has computed new columns from that one.
   */
  public RevertBuilder set(String column, String expression) {
    expressions.put(column, Objects.requireNonNull(expression));
    return this;
  }

  /** Returns the revert, which is not begun yet. */
  public Migration build() {
    Function<ServerAddress, Settings> settings =
        settings(new ChangeSettings(Strategy.AUTO, Set.of(), Optional.empty()));
    Map<String, String> filled = Map.copyOf(expressions);
    MigrationListener listener = listener();
    return new Migration(
        runAccess(),
        Optional.of(table),
        server ->
            new Reversal(
                server,
                server.dialect().table(table),
                filled,
                settings.apply(server.address()),
                listener));
  }
}
