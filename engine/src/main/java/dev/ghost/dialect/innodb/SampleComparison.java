package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import dev.ghost.api.UsageException;
import dev.ghost.dialect.Fault;
import dev.ghost.dialect.innodb.KeySql.Side;
import dev.ghost.plan.KeyList;
import dev.ghost.plan.KeyRange;
import dev.ghost.plan.RowKey;
import dev.ghost.plan.Rows;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Has the server alter a sample of the source by itself, has ghost copy and replay the same sample,
 * and compares definitions and values. Whatever the planner has read, and however values are
 * converted: where the two differ, the run is refused before anything is copied.
 */
final class SampleComparison {

  private static final String CORRECT = "Correct the change. Nothing of the source was touched.";

  /** ER_TRUNCATED_WRONG_VALUE: a zero date, for one, that was stored in another sql_mode. */
  private static final int BAD_VALUE = 1292;

  /** The number of the row at which the server gave up. */
  private static final Pattern AT_ROW = Pattern.compile(" at row (\\d+)");

  private final InnodbDraft draft;
  private final TableDefinition ghost;
  private final List<ColumnMapping> columns;
  private final KeySql key;
  private final String timeZone;
  private final Set<String> accepted;
  private final Connection c;

  /**
   * @param timeZone in which the copy's sessions work
   * @param accepted columns in which a difference is accepted
   */
  SampleComparison(
      InnodbDraft draft,
      TableDefinition ghost,
      List<ColumnMapping> columns,
      KeySql key,
      String timeZone,
      Set<String> accepted,
      Connection c) {
    this.draft = draft;
    this.ghost = ghost;
    this.columns = columns;
    this.key = key;
    this.timeZone = timeZone;
    this.accepted = accepted;
    this.c = c;
  }

  /**
   * Compares.
   *
   * @throws RefusedException if the server refuses a row, or the two differ
   */
  ServerComparison compare() throws SQLException {
    refuseDifferent();
    SampleTables tables = SampleTables.temporary(draft);
    return sameDefinition(tables).filter(String::isEmpty).isPresent()
        ? values(tables)
        : inSchema(SampleTables.inSchema(draft));
  }

  /** With real tables, for what temporary ones cannot have. */
  private ServerComparison inSchema(SampleTables tables) throws SQLException {
    Control journal = draft.remains().journal();
    tables.note(c, journal);
    try (Unlogged log = Unlogged.begin(c)) {
      Optional<String> difference = sameDefinition(tables);
      if (!difference.orElse("").isEmpty()) {
        throw new RefusedException(
            "The server's own ALTER gives another definition than ghost: " + difference.get(),
            "Please report this, with the table's definition and the change. " + CORRECT);
      }
      ServerComparison found = values(tables);
      return log.off().isPresent() ? found : found.warned(logged());
    } finally {
      tables.forget(c, journal);
    }
  }

  private String logged() {
    return "The sample was compared in tables of the schema, which were written to the binary log and sent to replicas; with the privilege %s they are not."
        .formatted(draft.product().privilegeNotToLog());
  }

  /** A sample cannot promise what it has not seen. */
  private void refuseDifferent() {
    Conversions known = Conversions.of(draft.product());
    for (ColumnMapping m : columns) {
      boolean differs =
          !m.computed() && m.source().filter(s -> known.differ(s, m.ghost())).isPresent();
      if (differs && accepted.stream().noneMatch(m.ghost().name()::equalsIgnoreCase)) {
        throw new RefusedException(
            "The server's own ALTER converts some values of %s to %s in another way than ghost, or refuses them: column %s."
                .formatted(
                    m.source().orElseThrow().fullType(), m.ghost().fullType(), m.ghost().name()),
            "Say how the values are to be converted, with --set '%1$s=…'; or, if ghost's values are wanted: --accept-difference %1$s. Nothing was copied."
                .formatted(m.ghost().name()));
      }
    }
  }

  /**
   * Has the server alter an empty table.
   *
   * @return the first difference of the definitions, empty for none; nothing where the server
   *     cannot do it with such a table
   */
  private Optional<String> sameDefinition(SampleTables tables) throws SQLException {
    try {
      tables.createServer(c);
      alter(tables);
      return Optional.of(firstDifference(tables));
    } catch (SQLException e) {
      if (InnodbDialect.faultOf(e).circumstantial()) {
        throw e;
      }
      if (tables.areTemporary()) {
        return Optional.empty();
      }
      throw refused(e, "The server's own ALTER is refused: " + e.getMessage());
    } finally {
      tables.drop(c);
    }
  }

  private void alter(SampleTables tables) throws SQLException {
    if (!draft.change().change().isEmpty()) {
      tables.alteration(c, draft).make(c);
    }
  }

  private String firstDifference(SampleTables tables) throws SQLException {
    List<String> server = lines(tables.serverDdl(c, draft), tables.server());
    List<String> ours = lines(TableDefinition.withoutCounter(ghost.ddl()), ghost.name());
    for (String line : server) {
      if (!ours.contains(line)) {
        return "it has " + line;
      }
    }
    for (String line : ours) {
      if (!server.contains(line)) {
        return "it has no " + line;
      }
    }
    return server.equals(ours) ? "" : "its columns or keys are in another order";
  }

  private static List<String> lines(String ddl, TableName name) {
    return InnodbWorkbench.anonymous(TableDefinition.withoutDirectories(ddl), name)
        .lines()
        .map(l -> l.strip().replaceFirst(",$", ""))
        .toList();
  }

  private static RuntimeException refused(SQLException e, String what) {
    return InnodbDialect.faultOf(e) == Fault.SYNTAX
        ? new UsageException(what, CORRECT, e)
        : new RefusedException(what, CORRECT, e);
  }

  private ServerComparison values(SampleTables tables) throws SQLException {
    try {
      return compared(tables);
    } finally {
      tables.drop(c);
      InnodbDialect.dropSessionTables(c);
    }
  }

  private ServerComparison compared(SampleTables tables) throws SQLException {
    long perRow = draft.estimatedBytes() / Math.max(1, draft.estimatedRows());
    Set<RowKey> keys = new SampleRows(c, draft.source(), key, perRow).choose(converted());
    tables.createServer(c);
    tables.createSample(c);
    tables.createGhost(c, ghost.name());
    int rows = fill(tables, keys);
    alterByServer(tables);
    List<Column> compared = compared();
    String before = timeZone.isEmpty() ? "" : UserSettings.withTimeZone(c, timeZone);
    List<String> differences;
    try {
      List<List<String>> server = read(tables.server(), compared);
      InnodbRows way = way(tables);
      List<RowKey> all = List.copyOf(keys);
      copy(some -> way.write(c, rows(some, all), Set.of()), all);
      Set<String> found = new LinkedHashSet<>(differences(server, tables, compared, "copied"));
      copy(some -> way.read(c, new KeyList(some)).write(Set.of()), all);
      found.addAll(differences(server, tables, compared, "replayed"));
      differences = List.copyOf(found);
    } finally {
      if (!before.isEmpty()) {
        Control.execute(c, before);
      }
    }
    c.commit();
    return ServerComparison.of(rows, compared.stream().map(Column::name).toList(), differences);
  }

  /** As the copy does it, which takes all rows of a range. */
  private static Rows rows(List<RowKey> some, List<RowKey> all) {
    return some.equals(all) ? KeyRange.ALL : new KeyList(some);
  }

  /** The source's columns whose values do not stay as they are. */
  private List<Column> converted() {
    return columns.stream()
        .filter(m -> !m.computed())
        .flatMap(m -> m.source().filter(s -> !s.sameTypeAs(m.ghost())).stream())
        .toList();
  }

  /** Those whose values are the server's to say, and are the same each time. */
  private List<Column> compared() {
    return ghost.columns().stream().filter(this::isCompared).toList();
  }

  private boolean isCompared(Column column) {
    Optional<ColumnMapping> mapping =
        columns.stream().filter(m -> m.ghost().equals(column)).findAny();
    boolean fromSource = mapping.filter(m -> m.source().isPresent()).isPresent();
    return !(mapping.filter(ColumnMapping::computed).isPresent()
        || (column.generated() && columns.stream().anyMatch(ColumnMapping::computed))
        || (!fromSource && (column.autoIncrement() || column.defaultComputed())));
  }

  private InnodbRows way(SampleTables tables) {
    TableNames names =
        new TableNames(
            tables.sample(), tables.ghost(), draft.names().retired(), draft.names().control());
    return new InnodbRows(draft.product(), names, ghost, columns, List.of(), key, List.of());
  }

  private int fill(SampleTables tables, Set<RowKey> keys) throws SQLException {
    List<String> names =
        draft.source().columns().stream().filter(o -> !o.generated()).map(Column::name).toList();
    Fragment insert =
        Fragment.of(
            """
            INSERT INTO %s (%s)
            SELECT %s
              FROM %s
             WHERE %s
             ORDER BY %s
            """,
            Fragment.plain(Sql.quote(tables.sample())),
            Fragment.plain(Sql.quoted(names)),
            Fragment.plain(Sql.quoted(names)),
            Fragment.plain(key.alias().asSource(Sql.quote(draft.names().source()))),
            key.in(Side.SOURCE, keys),
            Fragment.plain(key.orderBy(Side.SOURCE)));
    try (PreparedStatement statement = insert.prepare(c)) {
      int rows = statement.executeUpdate();
      Control.execute(
          c,
          "INSERT INTO %s (%s) SELECT %s FROM %s ORDER BY %s"
              .formatted(
                  Sql.quote(tables.server()),
                  Sql.quoted(names),
                  Sql.quoted(names),
                  Sql.quote(tables.sample()),
                  key.orderBy()));
      c.commit();
      return rows;
    } catch (SQLException e) {
      if (!InnodbDialect.faultOf(e).aboutRows()) {
        throw e;
      }
      throw new RefusedException(
          "A row of %s does not fit the table's own definition: %s"
              .formatted(draft.names().source(), e.getMessage()),
          "Correct the row. Nothing was copied.",
          e);
    }
  }

  private void alterByServer(SampleTables tables) throws SQLException {
    try {
      alter(tables);
    } catch (SQLException e) {
      if (InnodbDialect.faultOf(e).circumstantial()) {
        throw e;
      }
      throw new RefusedException(
          "The server's own ALTER does not accept %s: %s"
              .formatted(rowOf(e, tables), e.getMessage()),
          e.getErrorCode() == BAD_VALUE
              ? "Correct the row, or the change; or give the sql_mode that the ALTER is to have in"
                  + " the URL: ?sessionVariables=sql_mode='STRICT_ALL_TABLES'. Nothing was"
                  + " copied."
              : "Correct the row, or the change. Nothing was copied.",
          e);
    }
  }

  /** The row at which the server gave up, by its key. */
  private String rowOf(SQLException e, SampleTables tables) throws SQLException {
    Matcher at = AT_ROW.matcher(String.valueOf(e.getMessage()));
    if (!at.find()) {
      return "a row of " + draft.names().source();
    }
    String select =
        "SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d"
            .formatted(
                key.select(Side.SOURCE),
                key.alias().asSource(Sql.quote(tables.sample())),
                key.orderBy(Side.SOURCE),
                Math.max(0, Long.parseLong(at.group(1)) - 1));
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(select)) {
      return rs.next()
          ? "the row of %s with %s".formatted(draft.names().source(), key.describe(key.read(rs)))
          : "a row of " + draft.names().source();
    }
  }

  /** A part of ghost's own way, for some of the rows. */
  @FunctionalInterface
  private interface Part {
    long write(List<RowKey> keys) throws SQLException;
  }

  private void copy(Part part, List<RowKey> keys) throws SQLException {
    try {
      part.write(keys);
      c.commit();
    } catch (SQLException e) {
      if (!InnodbDialect.faultOf(e).aboutRows()) {
        throw e;
      }
      c.rollback();
      boolean computed = columns.stream().anyMatch(ColumnMapping::computed);
      throw new RefusedException(
          "ghost cannot copy %s%s: %s"
              .formatted(
                  InnodbDialect.faultOf(e) == Fault.MISFIT
                      ? "the row of %s with %s"
                          .formatted(draft.names().source(), key.describe(refused(part, keys)))
                      : "a row of " + draft.names().source(),
                  computed ? "" : ", which the server's own ALTER accepts",
                  e.getMessage()),
          "Correct the row, or the change. Nothing was copied.",
          e);
    }
  }

  /** Finds a row that is refused, in halves. */
  private RowKey refused(Part part, List<RowKey> keys) throws SQLException {
    List<RowKey> left = keys;
    while (left.size() > 1) {
      List<RowKey> half = left.subList(0, left.size() / 2);
      try {
        part.write(half);
        left = left.subList(half.size(), left.size());
      } catch (SQLException e) {
        if (!InnodbDialect.faultOf(e).aboutRows()) {
          throw e;
        }
        left = half;
      }
      c.rollback();
    }
    return left.get(0);
  }

  private List<List<String>> read(TableName table, List<Column> compared) throws SQLException {
    String select =
        "SELECT %s, %s FROM %s ORDER BY %s"
            .formatted(
                key.select(Side.GHOST),
                compared.stream().map(this::exact).collect(Collectors.joining(", ")),
                key.alias().asGhost(Sql.quote(table)),
                key.orderBy(Side.GHOST));
    List<List<String>> rows = new ArrayList<>();
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(select)) {
      while (rs.next()) {
        List<String> row = new ArrayList<>();
        row.add(key.describe(key.read(rs)));
        for (int i = 0; i < compared.size(); i++) {
          row.add(rs.getString(key.columns().size() + i + 1));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  /** A value to the last bit, as text that is not too long. */
  private String exact(Column column) {
    String value = key.alias().ofGhost(column.name());
    if (column.is("enum", "set")) {
      return "CONCAT(%1$s + 0, ' ', HEX(%1$s))".formatted(value);
    }
    if (column.is("bit")) {
      return "HEX(%s + 0)".formatted(value);
    }
    if (column.is("float")) {
      return "CAST(CAST(%s AS DOUBLE) AS CHAR)".formatted(value);
    }
    if (column.is("json")) {
      return "SHA2(CAST(%s AS CHAR), 256)".formatted(value);
    }
    boolean plain = column.integer() || column.time() || column.address();
    return plain || column.is("decimal", "double", "year")
        ? "CAST(%s AS CHAR)".formatted(value)
        : "IF(LENGTH(%1$s) <= 100, HEX(%1$s), CONCAT(LEFT(HEX(%1$s), 200), SHA2(%1$s, 256)))"
            .formatted(value);
  }

  /**
   * The accepted ones.
   *
   * @throws RefusedException if there is one that is not accepted
   */
  private List<String> differences(
      List<List<String>> server, SampleTables tables, List<Column> compared, String how)
      throws SQLException {
    List<List<String>> ours = read(tables.ghost(), compared);
    if (server.size() != ours.size()) {
      throw new RefusedException(
          "Of a sample of %s, the server's own ALTER leaves %d rows, and %d are %s by ghost."
              .formatted(draft.names().source(), server.size(), ours.size(), how),
          "Please report this, with the table's definition and the change. " + CORRECT);
    }
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < server.size(); i++) {
      for (int j = 0; j < compared.size(); j++) {
        String theirs = server.get(i).get(j + 1);
        String mine = ours.get(i).get(j + 1);
        String column = compared.get(j).name();
        boolean known = differences.stream().anyMatch(d -> d.startsWith(column + " "));
        if (known || (theirs == null ? mine == null : theirs.equals(mine))) {
          continue;
        }
        String difference =
            "%s of the row with %s is %s by the server's own ALTER, and %s where it is %s by ghost"
                .formatted(
                    column,
                    server.get(i).get(0),
                    SampleTables.shown(compared.get(j), theirs),
                    SampleTables.shown(compared.get(j), mine),
                    how);
        if (accepted.stream().noneMatch(column::equalsIgnoreCase)) {
          throw new RefusedException(
              "The column %s.".formatted(difference),
              "If ghost's value is the one that is wanted: --accept-difference %s. Nothing was copied."
                  .formatted(column));
        }
        differences.add(difference);
      }
    }
    return differences;
  }
}
