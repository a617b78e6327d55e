package dev.ghost.internal.dialect.postgres;

import dev.ghost.api.Effect;
import dev.ghost.api.GhostException;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.RefusedException;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.postgres.PostgresDirect.Step;
import dev.ghost.internal.dialect.postgres.lock.BriefLock;
import dev.ghost.internal.dialect.postgres.schema.GhostDdl;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresEffects;
import dev.ghost.internal.dialect.postgres.schema.PostgresEffects.CatalogSnapshot;
import dev.ghost.internal.dialect.postgres.schema.PostgresTableDefinition;
import dev.ghost.internal.dialect.postgres.server.PostgresControlTable;
import dev.ghost.internal.dialect.postgres.sql.PostgresErrors;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tries a change on an empty table of the same definition, in one transaction that is rolled back,
 * and looks in the catalog at what it came to: whether files were written again, and what the rows
 * would have to be checked for.
 */
final class PostgresDirectProbe {

  private static final Set<String> THERE = Set.of("42701", "42P07", "42710");

  private final Connection c;
  private final PostgresInspection inspection;
  private final TableName clone;
  private final String table;
  private final String change;

  PostgresDirectProbe(Connection c, PostgresInspection inspection) {
    this.c = c;
    this.inspection = inspection;
    this.clone = inspection.names().ghost();
    this.table = Sql.quote(inspection.names().source());
    this.change = inspection.change().change();
  }

  Optional<DirectChange> probe() throws SQLException {
    if (PostgresControlTable.of(inspection.all()).taken(c)) {
      return Optional.empty();
    }
    try {
      // A foreign key locks the table that it refers to, until this is rolled back.
      return BriefLock.within(c, this::attempt);
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e).isTransient()) {
        throw e;
      }
      c.rollback();
      inspection.refuseMissing(c, e);
      // What is wrong with it otherwise is said when a ghost is to be built.
      return isSoAlready(e) ? Optional.of(nothing()) : Optional.empty();
    } finally {
      c.rollback();
    }
  }

  private Optional<DirectChange> attempt() throws SQLException {
    makeClone();
    CatalogSnapshot before = CatalogSnapshot.at(c, clone);
    String fingerprint = PostgresTableDefinition.fingerprint(c, clone);
    List<String> files = files();
    Map<Integer, String> origins = new HashMap<>();
    before.table().columns().forEach(column -> origins.put(column.number(), column.name()));
    try {
      alter(change);
    } catch (SQLException e) {
      if (PostgresErrors.classOf(e) == ErrorClass.SYNTAX) {
        throw refused(e, "ALTER TABLE %s %s".formatted(table, change));
      }
      throw e;
    }
    PostgresTableDefinition.qualify(c);
    CatalogSnapshot after = CatalogSnapshot.at(c, clone);
    if (PostgresTableDefinition.fingerprint(c, clone).equals(fingerprint)
        && GhostDdl.restarted(c, clone).isEmpty()) {
      return Optional.of(nothing());
    }
    if (!files().containsAll(survivors(files, after)) || rebindsConstraints(before, after)) {
      return Optional.empty();
    }
    List<Step> steps = new InPlaceSteps(c, inspection, clone).of(before, after);
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    Way way = steps.stream().allMatch(Step::momentary) ? Way.METADATA : Way.IN_PLACE;
    return Optional.of(
        new PostgresDirect(
            inspection.names().source(),
            plan(
                way,
                steps.stream().flatMap(s -> s.statements().stream()).toList(),
                new PostgresEffects(origins).of(before, after)),
            inspection.facts().settings().local(),
            steps));
  }

  /**
   * Tells of a change that the server does not accept, on a table that nobody uses.
   *
   * @throws SQLException the same one, where the change is not to blame for it
   */
  static GhostException refused(SQLException e, String alter) throws SQLException {
    String what =
        "PostgreSQL does not accept the change: %s\n  %s".formatted(e.getMessage(), alter);
    String remedy = "Correct the change. Nothing of the source was touched.";
    ErrorClass errorClass = PostgresErrors.classOf(e);
    if (errorClass.circumstantial()) {
      throw e;
    }
    return errorClass == ErrorClass.SYNTAX
        ? new UsageException(what, remedy, e)
        : new RefusedException(what, remedy, e);
  }

  private void makeClone() throws SQLException {
    Sql.execute(c, "CREATE SCHEMA " + Sql.quote(inspection.all().workSchema()));
    PostgresTableDefinition.qualify(c);
    new GhostDdl(inspection.source(), clone).create(c);
    PostgresTableDefinition.qualify(c);
  }

  private void alter(String what) throws SQLException {
    Sql.execute(c, "SET LOCAL search_path TO DEFAULT");
    Sql.execute(c, inspection.facts().settings().local());
    Sql.execute(c, "ALTER TABLE %s %s".formatted(Sql.quote(clone), what));
  }

  /** The files of the table and its indexes, by name. */
  private List<String> files() throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT r.relname || ' ' || pg_relation_filenode(r.oid)
          FROM pg_class AS r
         WHERE r.oid = ?::regclass
            OR r.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ?::regclass)
        """,
        Sql.quote(clone),
        Sql.quote(clone));
  }

  /** The files that must still be there: an index that is dropped may be gone. */
  private List<String> survivors(List<String> files, CatalogSnapshot after) throws SQLException {
    List<String> names =
        Sql.strings(
            c,
            """
            SELECT r.relname FROM pg_class AS r
             WHERE r.oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ?::regclass)
            """,
            Sql.quote(clone));
    return files.stream()
        .filter(
            f -> {
              String name = f.substring(0, f.lastIndexOf(' '));
              return name.equals(after.table().name().table()) || names.contains(name);
            })
        .toList();
  }

  /** A type that is altered has the constraints on it checked again. */
  private boolean rebindsConstraints(CatalogSnapshot before, CatalogSnapshot after)
      throws SQLException {
    for (PostgresColumn column : before.table().columns()) {
      Optional<PostgresColumn> now = after.table().column(column.number());
      if (now.isPresent() && !now.get().sameTypeAs(column)) {
        boolean bound =
            Sql.yes(
                c,
                """
                SELECT EXISTS (SELECT 1 FROM pg_constraint
                                WHERE (conrelid = ? AND contype IN ('c', 'f') AND conkey @> ARRAY[a.attnum])
                                   OR (confrelid = ? AND confkey @> ARRAY[a.attnum]))
                  FROM pg_attribute AS a WHERE a.attrelid = ? AND a.attname = ?
                """,
                inspection.source().oid(),
                inspection.source().oid(),
                inspection.source().oid(),
                column.name());
        if (bound) {
          return true;
        }
      }
    }
    return false;
  }

  /** True when what it adds is there, and is just so when it is dropped and added again. */
  private boolean isSoAlready(SQLException error) throws SQLException {
    Optional<String> undo = inspection.change().dropOfWhatItAdds();
    if (undo.isEmpty() || !THERE.contains(error.getSQLState())) {
      return false;
    }
    makeClone();
    Set<String> wanted = described();
    alter(undo.get());
    alter(change);
    PostgresTableDefinition.qualify(c);
    return wanted.equals(described());
  }

  /** The definition, whatever the order of columns and constraints in it. */
  private Set<String> described() throws SQLException {
    return Set.copyOf(
        Sql.strings(
            c,
            """
            SELECT concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attcollation,
                             a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
              FROM pg_attribute AS a
              LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
             UNION ALL
            SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = ?::regclass
             UNION ALL
            SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = ?::regclass
            """,
            Sql.quote(clone),
            Sql.quote(clone),
            Sql.quote(clone)));
  }

  private DirectChange nothing() {
    return new PostgresDirect(
        inspection.names().source(), plan(Way.NOTHING, List.of(), List.of()), List.of(), List.of());
  }

  private MigrationPlan plan(Way way, List<String> statements, List<Effect> effects) {
    return inspection.planFacts().byServer(way, statements, effects, List.of());
  }
}
