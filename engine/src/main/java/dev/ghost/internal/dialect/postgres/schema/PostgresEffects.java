package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.api.Effect;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.request.Effects;
import dev.ghost.internal.request.Effects.ColumnFacts;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a change means for the application. */
public record PostgresEffects(Map<Integer, String> origins) {

  private static final List<String> INTEGERS = List.of("int2", "int4", "int8");
  private static final Pattern LENGTH = Pattern.compile("\\((\\d+)(?:,(\\d+))?\\)$");

  /** A table at one moment, as far as an application notices. */
  public record CatalogSnapshot(
      PostgresTableDefinition table,
      Set<String> defaults,
      List<String> constraints,
      List<String> indexes) {

    public static CatalogSnapshot at(Connection c, TableName name) throws SQLException {
      PostgresTableDefinition table = PostgresTableDefinition.read(c, name);
      String quoted = Sql.quote(name);
      return new CatalogSnapshot(
          table,
          Set.copyOf(
              Sql.strings(
                  c,
                  """
                  SELECT attname FROM pg_attribute
                   WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped
                     AND (atthasdef OR attidentity <> '')
                  """,
                  quoted)),
          Sql.strings(
              c,
              """
              SELECT format('the constraint %s: %s', conname, pg_get_constraintdef(oid))
                FROM pg_constraint
               WHERE conrelid = ?::regclass AND contype IN ('c', 'f', 'p', 'u', 'x') AND conparentid = 0
              """,
              quoted),
          Sql.strings(
              c,
              """
              SELECT i.relname FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
               WHERE x.indrelid = ?::regclass
                 AND NOT EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.oid)
              """,
              quoted));
    }

    private ColumnFacts facts(PostgresColumn c) {
      return new ColumnFacts(c.name(), c.type(), !c.notNull(), defaults.contains(c.name()));
    }
  }

  public List<Effect> of(CatalogSnapshot before, CatalogSnapshot after) {
    Effects effects = new Effects();
    for (PostgresColumn column : after.table().columns()) {
      Optional<PostgresColumn> origin =
          Optional.ofNullable(origins.get(column.number())).flatMap(before.table()::column);
      effects.column(
          origin.map(before::facts),
          Optional.of(after.facts(column)),
          origin.filter(o -> widens(o, column)).isPresent());
    }
    origins.forEach(
        (number, name) -> {
          if (after.table().column(number).isEmpty()) {
            effects.column(before.table().column(name).map(before::facts), Optional.empty(), false);
          }
        });
    return effects
        .constraints(before.constraints(), after.constraints())
        .indexes(before.indexes(), after.indexes())
        .list();
  }

  /** Every value of the one is, unchanged, a value of the other. */
  private static boolean widens(PostgresColumn from, PostgresColumn to) {
    if (INTEGERS.contains(from.base()) && INTEGERS.contains(to.base())) {
      return INTEGERS.indexOf(to.base()) >= INTEGERS.indexOf(from.base());
    }
    boolean text = from.base().equals("varchar") && from.collation().equals(to.collation());
    if (text && to.base().equals("text")) {
      return true;
    }
    int[] a = arguments(from.type());
    int[] b = arguments(to.type());
    if (text && to.base().equals("varchar")) {
      return b[0] < 0 || (a[0] >= 0 && b[0] >= a[0]);
    }
    if (from.base().equals("numeric") && to.base().equals("numeric")) {
      return b[0] < 0 || (a[0] >= 0 && b[1] >= a[1] && b[0] - b[1] >= a[0] - a[1]);
    }
    return false;
  }

  /** The numbers behind a type's name; -1 where there are none. */
  private static int[] arguments(String type) {
    Matcher matcher = LENGTH.matcher(type);
    if (!matcher.find()) {
      return new int[] {-1, 0};
    }
    return new int[] {
      Integer.parseInt(matcher.group(1)),
      matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2))
    };
  }
}
