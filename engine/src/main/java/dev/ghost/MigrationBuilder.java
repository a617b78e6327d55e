package dev.ghost;

import dev.ghost.api.MigrationListener;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.migration.Settings;
import dev.ghost.internal.request.AlterRequest;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Collects what the change of one table needs: {@link Ghost#migration} or {@link Ghost#statement}
 * begins it. Not thread-safe.
 *
 * @since 0.1
 */
public final class MigrationBuilder extends ChangeOptions<MigrationBuilder> {

  private Optional<Function<Dialect, AlterRequest>> request;
  private final Optional<String> table;
  private final Map<String, String> expressions = new LinkedHashMap<>();
  private Optional<String> retiredTable = Optional.empty();
  private Optional<Duration> keepInStep = Optional.empty();

  private MigrationBuilder(
      Access access, Optional<String> table, Optional<Function<Dialect, AlterRequest>> request) {
    super(access);
    this.table = table;
    this.request = request;
  }

  static MigrationBuilder ofTable(Access access, String table) {
    return new MigrationBuilder(access, Optional.of(table), Optional.empty());
  }

  static MigrationBuilder ofStatement(Access access, String statement) {
    return new MigrationBuilder(
        access, Optional.empty(), Optional.of(dialect -> dialect.parse(statement)));
  }

  @Override
  MigrationBuilder self() {
    return this;
  }

  /**
   * Sets the change: what follows {@code ALTER TABLE name}.
   *
   * @throws UsageException if a whole statement was given
   */
  public MigrationBuilder alter(String change) {
    Objects.requireNonNull(change);
    String name =
        table.orElseThrow(
            () ->
                new UsageException(
                    "A whole statement was given, and a change too.",
                    "Begin with Ghost.migration(table), or leave alter out."));
    request = Optional.of(dialect -> dialect.parse(name, change));
    return this;
  }

  /**
   * Fills a column of the new schema from an expression over the table's present columns: in the
   * copy, the replay and the verification alike. It must depend on its own row only, and be
   * deterministic, as that of a stored generated column; anything else is refused.
   */
  public MigrationBuilder set(String column, String expression) {
    expressions.put(column, Objects.requireNonNull(expression));
    return this;
  }

  /**
   * Sets the name of the former table after the cutover, in the same schema. The default is the
   * table's own name with {@code _old} behind it. {@link Ghost#revert}, {@link
   * Ghost#dropRetiredTables} and a later run find the table under this name by themselves.
   */
  public MigrationBuilder retiredTable(String name) {
    retiredTable = Optional.of(name);
    return this;
  }

  /**
   * Keeps the retired table in step with the new one for so long after the cutover. {@link
   * Ghost#revert} takes no longer than a cutover then, and {@link Migration#run} returns after that
   * time. By default it is not kept in step.
   */
  public MigrationBuilder keepInStep(Duration value) {
    keepInStep = Optional.of(positive("--keep-in-step", value));
    return this;
  }

  /**
   * Returns the migration, which is not begun yet.
   *
   * @throws UsageException if something is missing, or two options contradict each other
   */
  public Migration build() {
    Function<Dialect, AlterRequest> asked =
        request.orElseThrow(
            () ->
                new UsageException(
                    "No change is given.", "Give --alter \"ADD COLUMN ...\", or a statement."));
    Function<ServerAddress, Settings> settings = settings(changeSettings(keepInStep));
    Map<String, String> filled = Map.copyOf(expressions);
    Optional<String> retired = retiredTable;
    MigrationListener listener = listener();
    return new Migration(
        runAccess(),
        table,
        server ->
            new dev.ghost.internal.migration.Migration(
                server,
                asked.apply(server.dialect()).withExpressions(filled).withRetired(retired),
                settings.apply(server.address()),
                listener,
                Optional.empty()));
  }
}
