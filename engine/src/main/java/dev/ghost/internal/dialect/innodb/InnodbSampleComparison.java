package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerComparison;
import dev.ghost.internal.dialect.common.SampleLimits;
import dev.ghost.internal.dialect.innodb.rows.Conversions;
import dev.ghost.internal.dialect.innodb.rows.InnodbColumnMapping;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeySql.Side;
import dev.ghost.internal.dialect.innodb.rows.InnodbSampleRows;
import dev.ghost.internal.dialect.innodb.rows.InnodbSampleValues;
import dev.ghost.internal.dialect.innodb.rows.InnodbSampleValues.Row;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.InnodbUserSettings;
import dev.ghost.internal.dialect.innodb.server.SessionSettings;
import dev.ghost.internal.dialect.innodb.server.Unlogged;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Has the server alter a sample of the source by itself, has ghost copy and replay the same sample,
 * and compares definitions and values. Whatever the planner has read, and however values are
 * converted: where the two differ, the run is refused before anything is copied.
 */
final class InnodbSampleComparison {

  private final InnodbInspection inspection;
  private final InnodbTableDefinition ghost;
  private final List<InnodbColumnMapping> columns;
  private final InnodbKeySql key;
  private final String timeZone;
  private final Set<String> accepted;
  private final Connection c;

  /**
   * @param timeZone in which the copy's sessions work
   * @param accepted columns in which a difference is accepted
   */
  InnodbSampleComparison(
      InnodbInspection inspection,
      InnodbTableDefinition ghost,
      List<InnodbColumnMapping> columns,
      InnodbKeySql key,
      String timeZone,
      Set<String> accepted,
      Connection c) {
    this.inspection = inspection;
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
    Set<String> differences = new LinkedHashSet<>(knownDifferences());
    SampleDefinition definition = new SampleDefinition(inspection, ghost, c);
    SampleTables temporary = SampleTables.temporary(inspection);
    if (definition.temporaryIsSame(temporary)) {
      Optional<ServerComparison> found = sampled(temporary, differences);
      if (found.isPresent()) {
        return found.get();
      }
    }
    SampleTables tables = SampleTables.inSchema(inspection);
    InnodbControlTable journal = inspection.artifacts().journal();
    tables.note(c, journal);
    try (Unlogged log = Unlogged.begin(c)) {
      definition.refuseOther(tables);
      ServerComparison found = sampled(tables, differences).orElseThrow();
      return log.off().isPresent() ? found : found.warned(logged());
    } finally {
      tables.forget(c, journal);
    }
  }

  private String logged() {
    return "The sample was compared in tables of the schema, which were written to the binary log and sent to replicas; with the privilege %s they are not."
        .formatted(inspection.product().privilegeNotToLog());
  }

  /**
   * Those that are accepted, whatever the sample has: it cannot promise what it has not seen.
   *
   * @throws RefusedException if there is one that is not accepted
   */
  private List<String> knownDifferences() {
    Conversions known = Conversions.of(inspection.product());
    List<String> differences = new ArrayList<>();
    for (InnodbColumnMapping m : columns) {
      if (m.computed() || m.source().filter(s -> known.differ(s, m.ghost())).isEmpty()) {
        continue;
      }
      String difference =
          "The server's own ALTER converts some values of %s to %s in another way than ghost, or refuses them: column %s."
              .formatted(
                  m.source().orElseThrow().fullType(), m.ghost().fullType(), m.ghost().name());
      if (!isAccepted(m.ghost())) {
        throw new RefusedException(
            difference,
            "Say how the values are to be converted, with --set '%1$s=…'; or, if ghost's values are wanted: --accept-difference %1$s. Nothing was copied."
                .formatted(m.ghost().name()));
      }
      differences.add(difference);
    }
    return differences;
  }

  private boolean isAccepted(InnodbColumn column) {
    return accepted.stream().anyMatch(column::named);
  }

  /** Empty when it takes other tables to know. */
  private Optional<ServerComparison> sampled(SampleTables tables, Set<String> differences)
      throws SQLException {
    try {
      return values(tables, differences);
    } finally {
      tables.drop(c);
      SessionSettings.dropSessionTables(c);
    }
  }

  private Optional<ServerComparison> values(SampleTables tables, Set<String> differences)
      throws SQLException {
    tables.createServer(c);
    tables.createSample(c);
    tables.createGhost(c, ghost.name());
    SampleLimits limits = SampleLimits.begin();
    long perRow = inspection.estimatedBytes() / Math.max(1, inspection.estimatedRows());
    List<RowKey> chosen =
        new InnodbSampleRows(c, inspection.source(), key, perRow, limits).choose(converted());
    ServerSample server = new ServerSample(inspection, key, tables, c);
    server.fill(chosen);
    List<RowKey> altered = server.keep(chosen, limits.forServer(chosen.size()), Side.SOURCE);
    if (!server.alter(altered)) {
      return Optional.empty();
    }
    List<RowKey> copied = server.keep(altered, limits.forGhost(altered.size()), Side.GHOST);
    String before = timeZone.isEmpty() ? "" : InnodbUserSettings.withTimeZone(c, timeZone);
    try {
      return Optional.of(copied(tables, copied, differences));
    } finally {
      if (!before.isEmpty()) {
        Sql.execute(c, before);
      }
    }
  }

  /** Copies and replays the rows. */
  private ServerComparison copied(SampleTables tables, List<RowKey> keys, Set<String> differences)
      throws SQLException {
    InnodbSampleValues values = new InnodbSampleValues(c, key, compared());
    SampleCopy way = new SampleCopy(inspection, ghost, columns, key, tables, c);
    List<Row> server = values.read(tables.server());
    way.copy(keys);
    differences.addAll(differences(server, values.read(tables.ghost()), values, "copied"));
    way.replay(keys);
    differences.addAll(differences(server, values.read(tables.ghost()), values, "replayed"));
    c.commit();
    return ServerComparison.of(
        server.size(),
        values.columns().stream().map(InnodbColumn::name).toList(),
        List.copyOf(differences));
  }

  /** The source's columns whose values do not stay as they are. */
  private List<InnodbColumn> converted() {
    return columns.stream()
        .filter(m -> !m.computed())
        .flatMap(m -> m.source().filter(s -> !s.sameTypeAs(m.ghost())).stream())
        .toList();
  }

  /** Those whose values are the server's to say, and are the same each time. */
  private List<InnodbColumn> compared() {
    return ghost.columns().stream().filter(this::isCompared).toList();
  }

  private boolean isCompared(InnodbColumn column) {
    Optional<InnodbColumnMapping> mapping =
        columns.stream().filter(m -> m.ghost().equals(column)).findAny();
    boolean fromSource = mapping.filter(m -> m.source().isPresent()).isPresent();
    return !(mapping.filter(InnodbColumnMapping::computed).isPresent()
        || (column.generated() && columns.stream().anyMatch(InnodbColumnMapping::computed))
        || (!fromSource && (column.autoIncrement() || column.defaultComputed())));
  }

  /**
   * The accepted ones, one of a column.
   *
   * @throws RefusedException if there is one that is not accepted
   */
  private List<String> differences(
      List<Row> server, List<Row> ours, InnodbSampleValues values, String how) {
    if (server.size() != ours.size()) {
      throw new RefusedException(
          "Of a sample of %s, the server's own ALTER leaves %d rows, and %d are %s by ghost."
              .formatted(inspection.names().source(), server.size(), ours.size(), how),
          "Please report this, with the table's definition and the change. Nothing of the source"
              + " was touched.");
    }
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < values.columns().size(); i++) {
      InnodbColumn column = values.columns().get(i);
      Optional<String> difference = firstOther(server, ours, column, i, how);
      if (difference.isPresent() && !isAccepted(column)) {
        throw new RefusedException(
            "The column %s.".formatted(difference.get()),
            "If ghost's value is the one that is wanted: --accept-difference %s. Nothing was copied."
                .formatted(column.name()));
      }
      difference.ifPresent(differences::add);
    }
    return differences;
  }

  private static Optional<String> firstOther(
      List<Row> server, List<Row> ours, InnodbColumn column, int number, String how) {
    for (int i = 0; i < server.size(); i++) {
      String theirs = server.get(i).values().get(number);
      String mine = ours.get(i).values().get(number);
      if (!Objects.equals(theirs, mine)) {
        return Optional.of(
            "%s of the row with %s is %s by the server's own ALTER, and %s where it is %s by ghost"
                .formatted(
                    column.name(),
                    server.get(i).key(),
                    InnodbSampleValues.shown(column, theirs),
                    InnodbSampleValues.shown(column, mine),
                    how));
      }
    }
    return Optional.empty();
  }
}
