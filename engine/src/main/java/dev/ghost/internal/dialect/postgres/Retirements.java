package dev.ghost.internal.dialect.postgres;

import static java.util.Comparator.comparing;

import dev.ghost.internal.dialect.postgres.rows.PostgresColumnMapping;
import dev.ghost.internal.dialect.postgres.schema.Names;
import dev.ghost.internal.dialect.postgres.schema.PostgresColumn;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.plan.Mentions;
import dev.ghost.internal.plan.RetiredTable;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What is said about retired tables, in their comments. */
final class Retirements {

  private Retirements() {}

  /** That of a table; empty when there is none, or it is not ours. */
  static Optional<Retirement> read(Connection c, TableName table) throws SQLException {
    return Sql.strings(c, "SELECT obj_description(to_regclass(?), 'pg_class')", Sql.quote(table))
        .stream()
        .map(Optional::ofNullable)
        .findFirst()
        .flatMap(comment -> comment)
        .flatMap(Retirement::of);
  }

  static List<RetiredTable> all(Connection c) throws SQLException {
    String sql =
        """
        SELECT n.nspname, t.relname, d.description, pg_total_relation_size(t.oid)
          FROM pg_class AS t
          JOIN pg_namespace AS n ON n.oid = t.relnamespace
          JOIN pg_description AS d ON d.classoid = 'pg_class'::regclass AND d.objoid = t.oid AND d.objsubid = 0
         WHERE t.relkind = 'r' AND starts_with(d.description, ?)
         ORDER BY 1, 2
        """;
    List<RetiredTable> all = new ArrayList<>();
    try (var statement = Sql.prepared(c, sql, Retirement.HEAD);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        TableName name = new TableName(rs.getString(1), rs.getString(2));
        Retirement retirement = Retirement.of(rs.getString(3)).orElseThrow();
        all.add(
            new RetiredTable(name, name.sibling(retirement.source()), retirement, rs.getLong(4)));
      }
    }
    return all;
  }

  /** The table that the last change of a table has retired, under whatever name. */
  static Optional<RetiredTable> last(Connection c, Names names) throws SQLException {
    TableName back = names.back().tables().retired();
    return all(c).stream()
        .filter(r -> r.source().equals(names.tables().source()) && !r.name().equals(back))
        .max(comparing(r -> r.retirement().since()));
  }

  /** What is to be told of the source, when it is retired. */
  static Retirement of(
      PostgresInspection inspection,
      String change,
      List<PostgresColumnMapping> columns,
      String comment,
      PostgresAttachments attachments) {
    return Retirement.now(
        inspection.names().source(),
        change,
        comment,
        inspection.source().columns().stream().map(c -> former(c, columns)).toList(),
        attachments.undo(),
        attachments.validated());
  }

  private static Retirement.Former former(
      PostgresColumn column, List<PostgresColumnMapping> columns) {
    Optional<String> now =
        columns.stream()
            .filter(m -> m.using().isEmpty() && m.source().equals(column))
            .map(m -> m.ghost().name())
            .findFirst();
    return new Retirement.Former(
        column.name(),
        now,
        now.filter(n -> !n.equals(column.name())).isPresent(),
        isComputed(column, columns),
        column.generated());
  }

  /** True when new columns may hold what it held, in another form. */
  private static boolean isComputed(PostgresColumn column, List<PostgresColumnMapping> columns) {
    Predicate<String> named = Mentions.of(column.name());
    return columns.stream()
        .filter(m -> m.using().isPresent())
        .anyMatch(m -> m.source().equals(column) || named.test(m.using().get()));
  }

  /** The statements of the swap that tell it. */
  static List<String> statements(
      TableNames names, Retirement retired, Optional<Retirement> returning) {
    List<String> statements = new ArrayList<>();
    statements.add(
        "COMMENT ON TABLE %s IS %s"
            .formatted(Sql.quote(names.retired()), Sql.literal(retired.text())));
    returning.ifPresent(
        r ->
            statements.add(
                "COMMENT ON TABLE %s IS %s"
                    .formatted(
                        Sql.quote(names.source()),
                        r.comment().isEmpty() ? "NULL" : Sql.literal(r.comment()))));
    return statements;
  }
}
