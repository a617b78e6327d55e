package dev.ghost.internal.dialect.mysql.connector;

import com.github.shyiko.mysql.binlog.event.EventData;
import com.github.shyiko.mysql.binlog.event.TableMapEventData;
import java.util.List;

/**
 * Rows that have only what was changed within a value.
 *
 * @param tables of the statement that has changed them
 */
record PartialRows(List<TableMapEventData> tables) implements EventData {}
