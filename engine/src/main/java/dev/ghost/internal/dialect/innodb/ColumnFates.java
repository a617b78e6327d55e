package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.plan.Mentions;
import dev.ghost.internal.plan.Retirement;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What becomes of the source's columns. */
record ColumnFates(InnodbInspection inspection, List<InnodbColumnMapping> columns) {

  /** The columns whose definitions stay as they are, and whose values nobody computes. */
  List<ColumnStatistics.Kept> unchanged(InnodbTableDefinition ghost) {
    List<ColumnStatistics.Kept> unchanged = new ArrayList<>();
    for (InnodbColumn column : ghost.columns()) {
      boolean computed = columns.stream().anyMatch(m -> m.ghost().equals(column) && m.computed());
      inspection
          .originOf(column)
          .filter(o -> !computed && o.sameTypeAs(column) && o.nullable() == column.nullable())
          .filter(o -> o.generation().equals(column.generation()))
          .ifPresent(o -> unchanged.add(new ColumnStatistics.Kept(o.name(), column.name())));
    }
    return unchanged;
  }

  /** Of the source, which may be retired by now. */
  Retirement retirement(Connection c, TableName source, String change) throws SQLException {
    String comment = Sql.comment(c, source).orElse("");
    return Retirement.now(
        inspection.names().source(),
        change,
        Retirement.of(comment).map(Retirement::comment).orElse(comment),
        inspection.source().columns().stream().map(this::former).toList(),
        List.of(),
        List.of());
  }

  private Retirement.Former former(InnodbColumn column) {
    Optional<String> now =
        columns.stream().filter(m -> m.takes(column.name())).map(m -> m.ghost().name()).findFirst();
    return new Retirement.Former(
        column.name(),
        now,
        now.filter(n -> !column.named(n)).isPresent(),
        isComputed(column),
        column.generated());
  }

  /** True when new columns may hold what it held, in another form. */
  private boolean isComputed(InnodbColumn column) {
    Predicate<String> named = Mentions.of(column.name());
    return columns.stream()
        .filter(InnodbColumnMapping::computed)
        .anyMatch(
            m ->
                inspection.originOf(m.ghost()).filter(column::equals).isPresent()
                    || named.test(m.expression()));
  }
}
