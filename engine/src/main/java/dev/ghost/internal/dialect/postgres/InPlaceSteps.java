package dev.ghost.internal.dialect.postgres;

import dev.ghost.internal.dialect.postgres.PostgresDirect.Kind;
import dev.ghost.internal.dialect.postgres.PostgresDirect.Step;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.schema.PostgresEffects.CatalogSnapshot;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps by which the server makes a change itself, none of which keeps writers waiting while
 * rows are read.
 */
final class InPlaceSteps {

  private final Connection c;
  private final PostgresInspection inspection;
  private final TableName clone;
  private final String table;
  private final String change;

  /**
   * @param clone an empty table that was like the source, and to which the change was made
   */
  InPlaceSteps(Connection c, PostgresInspection inspection, TableName clone) {
    this.c = c;
    this.inspection = inspection;
    this.clone = clone;
    this.table = Sql.quote(inspection.names().source());
    this.change = inspection.change().change();
  }

  /** How to make the change; empty when it cannot be made without keeping writers waiting. */
  List<Step> of(CatalogSnapshot before, CatalogSnapshot after) throws SQLException {
    List<String> newConstraints = newConstraints(before);
    List<String> nowNotNull =
        after.table().columns().stream()
            .filter(PostgresColumn::notNull)
            .flatMap(column -> before.table().column(column.number()).stream())
            .filter(column -> !column.notNull())
            .map(PostgresColumn::name)
            .toList();
    boolean attached = nowNotNull.isEmpty() && inspection.change().onlyAttachesIndexes();
    if (attached || (newConstraints.isEmpty() && nowNotNull.isEmpty())) {
      return List.of(Step.momentary("ALTER TABLE %s %s".formatted(table, change)));
    }
    if (nowNotNull.isEmpty() && inspection.change().onlyAddsConstraints()) {
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
    if (inspection.change().onlyAddsPrimaryKey()) {
      return primaryKey(newConstraints.get(0).split("\\x1f")[2], nowNotNull);
    }
    if (newConstraints.isEmpty() && inspection.change().onlySetsNotNull()) {
      List<Step> steps = new ArrayList<>();
      nowNotNull.forEach(name -> steps.addAll(notNull(name)));
      return steps;
    }
    return List.of();
  }

  /** The checks and foreign keys that the change adds, name and definition; null for others. */
  private List<String> newConstraints(CatalogSnapshot before) throws SQLException {
    List<String> old = before.constraints();
    List<String> found = new ArrayList<>();
    for (String constraint :
        Sql.strings(
            c,
            """
            SELECT concat_ws(E'\\x1f', format('the constraint %s: %s', conname, pg_get_constraintdef(oid)),
                             contype, conname, pg_get_constraintdef(oid))
              FROM pg_constraint
             WHERE conrelid = ?::regclass AND contype IN ('c', 'f', 'p', 'u', 'x') AND conparentid = 0
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
    if (asDefined.endsWith(" NOT ENFORCED")) {
      return List.of(
          Step.momentary("ALTER TABLE %s ADD CONSTRAINT %s %s".formatted(table, name, asDefined)));
    }
    String definition = asDefined.replaceFirst(" NOT VALID$", "");
    Step add =
        Step.momentary(
            "ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID".formatted(table, name, definition));
    return asDefined.endsWith(" NOT VALID") ? List.of(add) : List.of(add, validate(name));
  }

  /**
   * The index is built while the application continues; then it is made the constraint's, and gets
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
            + Sql.quote(new TableName(inspection.names().source().schema(), index));
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
    String proof = proof(column);
    return List.of(
        prove(column), validate(proof), Step.momentary(proven(column).toArray(String[]::new)));
  }

  /** The name of the constraint that proves that a column has no NULL. */
  private static String proof(String column) {
    return Sql.quote(Names.cut("ghost_" + column, "_not_null"));
  }

  private Step prove(String column) {
    return Step.momentary(
        "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s".formatted(table, proof(column)),
        "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID"
            .formatted(table, proof(column), Sql.quote(column)));
  }

  private List<String> proven(String column) {
    return List.of(
        "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL".formatted(table, Sql.quote(column)),
        "ALTER TABLE %s DROP CONSTRAINT %s".formatted(table, proof(column)));
  }

  /**
   * A primary key makes its columns NOT NULL. All that can fail at rows comes first: the index, and
   * the proofs, each of which undoes what comes before it as well.
   */
  private List<Step> primaryKey(String constraint, List<String> nowNotNull) throws SQLException {
    List<Step> steps = new ArrayList<>();
    List<String> last = new ArrayList<>();
    List<String> undo = new ArrayList<>();
    String make = "ALTER TABLE %s %s".formatted(table, change);
    if (!inspection.change().onlyAttachesIndexes()) {
      List<Step> attached = attached(constraint);
      steps.add(attached.get(0));
      attached.get(0).undo().forEach(drop -> undo.add(drop.replace(" CONCURRENTLY", "")));
      make = attached.get(1).statements().get(0);
    }
    for (String column : nowNotNull) {
      steps.add(prove(column));
      Step proof = validate(proof(column));
      undo.addAll(proof.undo());
      steps.add(new Step(Kind.LONG, proof.statements(), List.copyOf(undo)));
      last.addAll(proven(column));
    }
    last.add(make);
    steps.add(Step.momentary(last.toArray(String[]::new)));
    return steps;
  }
}
