package dev.ghost.dialect.postgres;

import dev.ghost.api.Effect;
import dev.ghost.api.MigrationPlan;
import dev.ghost.api.Way;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.postgres.PostgresDirect.Kind;
import dev.ghost.dialect.postgres.PostgresDirect.Step;
import dev.ghost.dialect.postgres.PostgresEffects.Look;
import dev.ghost.plan.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Tries a change on an empty table of the same definition, in one transaction that is rolled back,
 * and looks in the catalog at what it came to: whether files were written anew, and what the rows
 * would have to be checked for.
 */
final class DirectProbe {

  private static final Set<String> THERE = Set.of("42701", "42P07", "42710");
  private static final Set<String> NOT_THERE = Set.of("42703", "42704");

  private final Connection c;
  private final PostgresDraft draft;
  private final TableName clone;
  private final String table;
  private final String change;

  DirectProbe(Connection c, PostgresDraft draft) {
    this.c = c;
    this.draft = draft;
    this.clone = draft.names().ghost();
    this.table = Sql.quote(draft.names().source());
    this.change = draft.change().change();
  }

  Optional<DirectChange> probe() throws SQLException {
    if (Control.of(draft.all()).taken(c)) {
      return Optional.empty();
    }
    try {
      return attempt();
    } catch (SQLException e) {
      Fault fault = new PostgresDialect().classify(e);
      if (fault == Fault.CONNECTION_LOST) {
        throw e;
      }
      c.rollback();
      // What is wrong with it otherwise is said when a ghost is to be built.
      return isSoAlready(e) ? Optional.of(nothing()) : Optional.empty();
    } finally {
      c.rollback();
    }
  }

  private Optional<DirectChange> attempt() throws SQLException {
    makeClone();
    Look before = Look.at(c, clone);
    String fingerprint = TableDefinition.fingerprint(c, clone);
    List<String> files = files();
    Map<Integer, String> origins = new HashMap<>();
    before.table().columns().forEach(column -> origins.put(column.number(), column.name()));
    alter(change);
    TableDefinition.qualify(c);
    Look after = Look.at(c, clone);
    if (TableDefinition.fingerprint(c, clone).equals(fingerprint)) {
      return Optional.of(nothing());
    }
    if (!files().containsAll(survivors(files, after)) || rebindsConstraints(before, after)) {
      return Optional.empty();
    }
    List<Step> steps = steps(before, after);
    if (steps.isEmpty()) {
      return Optional.empty();
    }
    Way way = steps.stream().allMatch(Step::momentary) ? Way.METADATA : Way.IN_PLACE;
    return Optional.of(
        new PostgresDirect(
            draft.names().source(),
            plan(
                way,
                steps.stream().flatMap(s -> s.statements().stream()).toList(),
                new PostgresEffects(origins).of(before, after)),
            steps));
  }

  private void makeClone() throws SQLException {
    Sql.execute(c, "CREATE SCHEMA " + Sql.quote(draft.all().workSchema()));
    TableDefinition.qualify(c);
    Sql.execute(c, new GhostDdl(draft.source(), clone).create(c));
    TableDefinition.qualify(c);
  }

  private void alter(String what) throws SQLException {
    Sql.execute(c, "SET LOCAL search_path TO DEFAULT");
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
  private List<String> survivors(List<String> files, Look after) throws SQLException {
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

  /** A type that is altered has the constraints on it checked anew. */
  private boolean rebindsConstraints(Look before, Look after) throws SQLException {
    for (Column column : before.table().columns()) {
      Optional<Column> now = after.table().column(column.number());
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
                draft.source().oid(),
                draft.source().oid(),
                draft.source().oid(),
                column.name());
        if (bound) {
          return true;
        }
      }
    }
    return false;
  }

  /** How to make the change; empty when it cannot be made without keeping writers waiting. */
  private List<Step> steps(Look before, Look after) throws SQLException {
    List<String> newConstraints = newConstraints(before);
    List<String> nowNotNull =
        after.table().columns().stream()
            .filter(Column::notNull)
            .flatMap(column -> before.table().column(column.number()).stream())
            .filter(column -> !column.notNull())
            .map(Column::name)
            .toList();
    boolean attached = nowNotNull.isEmpty() && draft.change().onlyAttachesIndexes();
    if (attached || (newConstraints.isEmpty() && nowNotNull.isEmpty())) {
      return List.of(Step.momentary("ALTER TABLE %s %s".formatted(table, change)));
    }
    if (nowNotNull.isEmpty() && draft.change().onlyAddsConstraints()) {
      List<Step> steps = new ArrayList<>();
      for (String constraint : newConstraints) {
        List<Step> some = steps(constraint);
        if (some.isEmpty()) {
          return List.of();
        }
        steps.addAll(some);
      }
      return steps;
    }
    if (newConstraints.isEmpty() && draft.change().onlySetsNotNull()) {
      List<Step> steps = new ArrayList<>();
      nowNotNull.forEach(name -> steps.addAll(notNull(name)));
      return steps;
    }
    return List.of();
  }

  /** The checks and foreign keys that the change adds, name and definition; null for others. */
  private List<String> newConstraints(Look before) throws SQLException {
    List<String> old = before.constraints();
    List<String> found = new ArrayList<>();
    for (String constraint :
        Sql.strings(
            c,
            """
            SELECT concat_ws(E'\\x1f', format('the constraint %s: %s', conname, pg_get_constraintdef(oid)),
                             contype, conname, pg_get_constraintdef(oid))
              FROM pg_constraint
             WHERE conrelid = ?::regclass AND contype IN ('c', 'f', 'p', 'u', 'x')
            """,
            Sql.quote(clone))) {
      if (!old.contains(constraint.split("\\x1f")[0])) {
        found.add(constraint);
      }
    }
    return found;
  }

  /** How to add one of the {@link #newConstraints}. */
  private List<Step> steps(String constraint) throws SQLException {
    String[] parts = constraint.split("\\x1f");
    return switch (parts[1]) {
      case "c", "f" -> validated(Sql.quote(parts[2]), parts[3]);
      case "p", "u" -> attached(parts[2]);
      default -> List.of();
    };
  }

  private List<Step> validated(String name, String asDefined) {
    String definition = asDefined.replaceFirst(" NOT VALID$", "");
    Step add =
        Step.momentary(
            "ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID".formatted(table, name, definition));
    return asDefined.endsWith(" NOT VALID") ? List.of(add) : List.of(add, validate(name));
  }

  /**
   * The index is built while the application goes on; then it is made the constraint's, and gets
   * its name. One that a run before has left is not worth looking at.
   */
  private List<Step> attached(String constraint) throws SQLException {
    String index = Names.cut("ghost_" + constraint, "_unique");
    String[] made =
        Sql.string(
                c,
                """
                SELECT concat_ws(E'\\x1f',
                         format('CREATE UNIQUE INDEX CONCURRENTLY %I ON %s %s%s', ?::text, ?::text,
                                substr(pg_get_indexdef(i.oid),
                                       length(format('CREATE UNIQUE INDEX %I ON %I.%I ',
                                                     i.relname, n.nspname, r.relname)) + 1),
                                ' TABLESPACE ' || quote_ident(s.spcname)),
                         format('ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I%s%s', ?::text, k.conname,
                                CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, ?::text,
                                CASE WHEN k.condeferrable THEN ' DEFERRABLE' END,
                                CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' END))
                  FROM pg_constraint AS k
                  JOIN pg_class AS i ON i.oid = k.conindid
                  JOIN pg_class AS r ON r.oid = k.conrelid
                  JOIN pg_namespace AS n ON n.oid = r.relnamespace
                  LEFT JOIN pg_tablespace AS s ON s.oid = i.reltablespace
                 WHERE k.conrelid = ?::regclass AND k.conname = ?
                """,
                index,
                table,
                table,
                index,
                Sql.quote(clone),
                constraint)
            .split("\\x1f");
    String drop =
        "DROP INDEX CONCURRENTLY IF EXISTS "
            + Sql.quote(new TableName(draft.names().source().schema(), index));
    return List.of(
        new Step(Kind.CONCURRENT, List.of(drop, made[0]), List.of(drop)), Step.momentary(made[1]));
  }

  private Step validate(String name) {
    return new Step(
        Kind.LONG,
        List.of("ALTER TABLE %s VALIDATE CONSTRAINT %s".formatted(table, name)),
        List.of("ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, name)));
  }

  /** A constraint that is validated proves it, and nothing has to be read under the lock. */
  private List<Step> notNull(String column) {
    String name = Sql.quote(Names.cut("ghost_" + column, "_not_null"));
    String quoted = Sql.quote(column);
    return List.of(
        Step.momentary(
            "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s".formatted(table, name),
            "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID"
                .formatted(table, name, quoted)),
        validate(name),
        Step.momentary(
            "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL".formatted(table, quoted),
            "ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, name)));
  }

  /**
   * True when what the change drops is not there; or when what it adds is there, and is just so
   * when it is dropped and added again.
   */
  private boolean isSoAlready(SQLException error) throws SQLException {
    if (NOT_THERE.contains(error.getSQLState())) {
      return draft.change().dropsOneThing();
    }
    Optional<String> undo = draft.change().dropOfWhatItAdds();
    if (undo.isEmpty() || !THERE.contains(error.getSQLState())) {
      return false;
    }
    makeClone();
    Set<String> wanted = described();
    alter(undo.get());
    alter(change);
    TableDefinition.qualify(c);
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
        draft.names().source(), plan(Way.NOTHING, List.of(), List.of()), List.of());
  }

  private MigrationPlan plan(Way way, List<String> statements, List<Effect> effects) {
    return new MigrationPlan(
        "PostgreSQL " + draft.facts().version(),
        draft.names().source().toString(),
        draft.request().text(),
        way,
        statements,
        effects,
        "",
        "",
        "",
        List.of(),
        draft.estimatedRows(),
        draft.estimatedBytes(),
        Duration.ZERO,
        List.of());
  }
}
