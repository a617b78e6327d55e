package dev.ghost.internal.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.event.QueryEventData;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import dev.ghost.api.InterferenceException;
import dev.ghost.internal.request.TableName;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables whose changes must be in the log as whole rows; they are not where a writer's session
 * has settings of its own. Nobody could replay such a change by key, so it ends the stream.
 *
 * @param omitted by table: the places of columns that the server leaves out of whole rows
 */
public record Watched(Map<TableName, Set<Integer>> omitted) {

  /** The setting of a connector that {@link #text} is the value of. */
  public static final String SETTING = "ghost.watched.tables";

  private static final Pattern COMMENTS =
      Pattern.compile("(?s)^(\\s+|/\\*.*?\\*/|--[^\\n]*|#[^\\n]*)+");

  /** A SELECT is in the log where it calls a function that writes. */
  private static final Pattern CHANGES =
      Pattern.compile(
          "(?is)^(insert|update|delete|replace|load|with|select|do|set\\s+statement)\\b.*");

  private static final int SHOWN = 200;

  private static final String END = ";";

  /** Types of columns that binlog_row_image = NOBLOB can leave out. */
  private static final Set<Integer> LARGE = Set.of(245, 249, 250, 251, 252, 255);

  public Watched {
    omitted = Map.copyOf(omitted);
  }

  /**
   * As a setting: schema, table and places of each, with zero characters between all of them. The
   * last character is one that nobody trims.
   */
  public String text() {
    return omitted.entrySet().stream()
        .map(
            t ->
                String.join(
                    "\0",
                    t.getKey().schema(),
                    t.getKey().table(),
                    t.getValue().stream()
                        .map(String::valueOf)
                        .collect(Collectors.joining(",", "", END))))
        .collect(Collectors.joining("\0"));
  }

  public static Watched parse(String text) {
    Map<TableName, Set<Integer>> omitted = new LinkedHashMap<>();
    List<String> parts = List.of(text.split("\0", -1));
    for (int i = 0; i + 2 < parts.size(); i += 3) {
      Set<Integer> places =
          Pattern.compile(",")
              .splitAsStream(parts.get(i + 2).replace(END, ""))
              .filter(place -> !place.isEmpty())
              .map(Integer::valueOf)
              .collect(Collectors.toSet());
      omitted.put(new TableName(parts.get(i), parts.get(i + 1)), places);
    }
    return new Watched(omitted);
  }

  /**
   * Ends the stream at a change that is logged as a statement.
   *
   * @throws InterferenceException if it may concern a table
   */
  public void refuseStatement(QueryEventData query) {
    String sql = COMMENTS.matcher(query.getSql()).replaceFirst("");
    if (CHANGES.matcher(sql).matches() && concerns(query.getDatabase(), sql)) {
      throw new InterferenceException(
          "A session logs its changes as statements (binlog_format = STATEMENT or MIXED), which do"
              + " not say which rows they change: "
              + (sql.length() > SHOWN ? sql.substring(0, SHOWN) + "..." : sql),
          "Let it log rows (binlog_format = ROW), and run the command again.");
    }
  }

  private boolean concerns(String schema, String sql) {
    String text = sql.toLowerCase(Locale.ROOT);
    return omitted.keySet().stream()
        .anyMatch(
            t ->
                t.schema().equalsIgnoreCase(schema)
                    || text.contains(t.table().toLowerCase(Locale.ROOT)));
  }

  /**
   * Ends the stream at a row that lacks columns.
   *
   * @param table what the log says of the table; null where it has not
   * @param included the columns that the row has
   * @param wholeBefore true for the row after a change of which the row before has all
   * @throws InterferenceException if the table is watched, and its rows have more
   */
  void refusePart(@Nullable TableMapEventData table, BitSet included, boolean wholeBefore) {
    if (table == null) {
      return;
    }
    Set<Integer> allowed = omitted.get(nameOf(table));
    if (allowed == null) {
      return;
    }
    byte[] types = table.getColumnTypes();
    List<Integer> missing = new ArrayList<>();
    for (int i = included.nextClearBit(0); i < types.length; i = included.nextClearBit(i + 1)) {
      if (!allowed.contains(i)) {
        missing.add(i);
      }
    }
    if (!missing.isEmpty()) {
      boolean large = missing.stream().allMatch(i -> LARGE.contains(types[i] & 0xFF));
      String image = wholeBefore ? "FULL_NODUP" : large ? "NOBLOB or MINIMAL" : "MINIMAL";
      throw new InterferenceException(
          "A session logs only parts of the rows that it changes in %s (binlog_row_image = %s)."
              .formatted(nameOf(table), image),
          "Let it log whole rows (binlog_row_image = FULL), and run the command again.");
    }
  }

  /**
   * Ends the stream at rows that have only what was changed within a value.
   *
   * @param tables of the statement
   * @throws InterferenceException if one of them is watched
   */
  public void refuseChangesWithin(List<TableMapEventData> tables) {
    tables.stream()
        .map(Watched::nameOf)
        .filter(omitted::containsKey)
        .findFirst()
        .ifPresent(
            table -> {
              throw new InterferenceException(
                  "A session logs only what it changes within JSON values of %s (binlog_row_value_options = PARTIAL_JSON)."
                      .formatted(table),
                  "Let it log whole values (binlog_row_value_options = ''), and run the command"
                      + " again.");
            });
  }

  private static TableName nameOf(TableMapEventData table) {
    return new TableName(table.getDatabase(), table.getTable());
  }
}
