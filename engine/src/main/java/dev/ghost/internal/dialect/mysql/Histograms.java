package dev.ghost.internal.dialect.mysql;

import dev.ghost.api.InterferenceException;
import dev.ghost.internal.dialect.innodb.ColumnStatistics;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MySQL's histograms. Its own ALTER keeps those of columns that it neither renames nor retypes, but
 * for columns that are unique by themselves, which have none.
 */
record Histograms(InnodbServerFacts facts) implements ColumnStatistics {

  /**
   * A histogram.
   *
   * @param json as the server shows it, and takes it
   * @param buckets the most that it was to have
   * @param automatic true when it is made again whenever the table is analyzed
   */
  private record Histogram(String column, String json, int buckets, boolean automatic) {}

  @Override
  public Optional<String> warning(Connection c, TableName source) {
    return Optional.empty();
  }

  @Override
  public void carry(
      Connection c, InnodbTableDefinition source, InnodbTableDefinition ghost, List<Kept> columns)
      throws SQLException {
    for (Histogram histogram : of(c, source.name())) {
      boolean kept =
          columns.stream()
              .anyMatch(k -> k.name().equals(histogram.column) && k.name().equals(k.now()));
      if (kept && !ghost.hasUnique(histogram.column)) {
        carry(c, ghost.name(), histogram);
      }
    }
  }

  private void carry(Connection c, TableName ghost, Histogram histogram) throws SQLException {
    if (facts.atLeast(8, 0, 31)) {
      update(c, ghost, histogram, "USING DATA " + Sql.literal(histogram.json));
    }
    boolean made =
        of(c, ghost).stream()
            .anyMatch(
                h ->
                    h.column.equals(histogram.column)
                        && h.automatic == histogram.automatic
                        && h.buckets == histogram.buckets);
    if (!made) {
      update(
          c,
          ghost,
          histogram,
          "WITH %d BUCKETS%s"
              .formatted(histogram.buckets, histogram.automatic ? " AUTO UPDATE" : ""));
    }
  }

  private static void update(Connection c, TableName ghost, Histogram histogram, String how)
      throws SQLException {
    String sql =
        "ANALYZE TABLE %s UPDATE HISTOGRAM ON %s %s"
            .formatted(Sql.quote(ghost), Sql.quote(histogram.column), how);
    try (var statement = c.createStatement()) {
      // The driver is not to look for braces of its own in what the server has written.
      statement.setEscapeProcessing(false);
      ResultSet rs = statement.executeQuery(sql);
      while (rs.next()) {
        if (rs.getString("Msg_type").equalsIgnoreCase("error")) {
          throw new InterferenceException(
              "The histogram of %s could not be made for %s: %s"
                  .formatted(histogram.column, ghost, rs.getString("Msg_text")),
              "Nothing was changed. Drop the histogram, and make it again after the migration.",
              null,
              true);
        }
      }
    }
  }

  private static List<Histogram> of(Connection c, TableName table) throws SQLException {
    String sql =
        """
        SELECT column_name, histogram,
               COALESCE(histogram->>'$."number-of-buckets-specified"', 100),
               COALESCE(histogram->>'$."auto-update"', 'false') = 'true'
          FROM information_schema.column_statistics
         WHERE schema_name = ? AND table_name = ?
         ORDER BY column_name
        """;
    List<Histogram> histograms = new ArrayList<>();
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, table.schema());
      statement.setString(2, table.table());
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          histograms.add(
              new Histogram(rs.getString(1), rs.getString(2), rs.getInt(3), rs.getBoolean(4)));
        }
      }
    }
    return histograms;
  }
}
