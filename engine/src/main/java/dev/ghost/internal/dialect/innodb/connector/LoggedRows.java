package dev.ghost.internal.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.event.DeleteRowsEventData;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import com.github.shyiko.mysql.binlog.event.UpdateRowsEventData;
import com.github.shyiko.mysql.binlog.event.WriteRowsEventData;
import java.util.HashMap;
import java.util.Map;

/** Looks at rows of the log before they are handed on. Used by the thread that reads the log. */
public final class LoggedRows {

  private final Watched watched;

  /** By the numbers that the log gives them. */
  private final Map<Long, TableMapEventData> tables = new HashMap<>();

  public LoggedRows(Watched watched) {
    this.watched = watched;
  }

  /** Notes which table has a number. */
  public void note(TableMapEventData table) {
    tables.put(table.getTableId(), table);
  }

  /** In another file of the log, tables get other numbers. */
  public void forget() {
    tables.clear();
  }

  public void check(WriteRowsEventData rows) {
    watched.refusePart(tables.get(rows.getTableId()), rows.getIncludedColumns(), false);
  }

  public void check(DeleteRowsEventData rows) {
    watched.refusePart(tables.get(rows.getTableId()), rows.getIncludedColumns(), false);
  }

  public void check(UpdateRowsEventData rows) {
    TableMapEventData table = tables.get(rows.getTableId());
    watched.refusePart(table, rows.getIncludedColumnsBeforeUpdate(), false);
    watched.refusePart(table, rows.getIncludedColumns(), true);
  }
}
