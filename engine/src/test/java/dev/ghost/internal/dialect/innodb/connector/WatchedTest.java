package dev.ghost.internal.dialect.innodb.connector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.shyiko.mysql.binlog.event.QueryEventData;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import dev.ghost.api.InterferenceException;
import dev.ghost.internal.request.TableName;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which events end the stream. */
class WatchedTest {

  private static final int INT = 3;
  private static final int BLOB = 252;

  private final Watched watched =
      new Watched(
          Map.of(new TableName("s", "orders"), Set.of(2), new TableName("s", "p"), Set.of()));

  private static TableMapEventData table(String name, int... types) {
    TableMapEventData table = new TableMapEventData();
    table.setDatabase("s");
    table.setTable(name);
    byte[] bytes = new byte[types.length];
    for (int i = 0; i < types.length; i++) {
      bytes[i] = (byte) types[i];
    }
    table.setColumnTypes(bytes);
    return table;
  }

  private static BitSet columns(int... places) {
    BitSet columns = new BitSet();
    for (int place : places) {
      columns.set(place);
    }
    return columns;
  }

  @Test
  void theyTravelAsASetting() {
    assertThat(Watched.parse(watched.text())).isEqualTo(watched);
    assertThat(Watched.parse(watched.text().strip())).isEqualTo(watched);
    assertThat(Watched.parse("").omitted()).isEmpty();
  }

  @Test
  void rowsThatLackColumns() {
    TableMapEventData t = table("orders", INT, BLOB, INT, INT);
    watched.refusePart(t, columns(0, 1, 2, 3), false);
    watched.refusePart(t, columns(0, 1, 3), false);
    watched.refusePart(table("other", INT, INT), columns(0), false);
    watched.refusePart(null, columns(0), false);
    assertThatThrownBy(() -> watched.refusePart(t, columns(0, 3), false))
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("binlog_row_image = NOBLOB");
    assertThatThrownBy(() -> watched.refusePart(t, columns(0, 1), false))
        .hasMessageContaining("binlog_row_image = MINIMAL")
        .hasMessageContaining("s.orders");
    assertThatThrownBy(() -> watched.refusePart(t, columns(1), true))
        .hasMessageContaining("FULL_NODUP");
    assertThatThrownBy(() -> watched.refusePart(table("p", INT, INT), columns(0), false))
        .isInstanceOf(InterferenceException.class);
  }

  @Test
  void partsOfValues() {
    watched.refuseChangesWithin(List.of(table("other", INT)));
    assertThatThrownBy(
            () -> watched.refuseChangesWithin(List.of(table("other", INT), table("orders", INT))))
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("PARTIAL_JSON");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE t SET v = 1",
        "/* hidden */ -- too\n insert into x select * from y",
        "SELECT `s`.`f`()",
        "SET STATEMENT max_statement_time=0 FOR DELETE FROM t",
        "LOAD DATA LOCAL INFILE 'a' INTO TABLE t"
      })
  void changesThatAreStatements(String sql) {
    assertThatThrownBy(() -> watched.refuseStatement(query("S", sql)))
        .isInstanceOf(InterferenceException.class)
        .hasMessageContaining("binlog_format");
  }

  @ParameterizedTest
  @ValueSource(strings = {"BEGIN", "CREATE TABLE t (i INT)", "SAVEPOINT t", "XA START X'01'"})
  void whatIsNoChange(String sql) {
    assertThatCode(() -> watched.refuseStatement(query("s", sql))).doesNotThrowAnyException();
  }

  @Test
  void changesInAnotherSchema() {
    watched.refuseStatement(query("other", "INSERT INTO x VALUES (1)"));
    assertThatThrownBy(() -> watched.refuseStatement(query("other", "UPDATE s.Orders SET v = 1")))
        .isInstanceOf(InterferenceException.class);
  }

  private static QueryEventData query(String schema, String sql) {
    QueryEventData query = new QueryEventData();
    query.setDatabase(schema);
    query.setSql(sql);
    return query;
  }
}
