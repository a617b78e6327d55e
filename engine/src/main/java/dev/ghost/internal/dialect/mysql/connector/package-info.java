/**
 * Debezium's connector for MySQL with another streaming source. It reads GTIDs with tags, which
 * Debezium's stops at for good, and stops at what Debezium's passes over, in silence or in words of
 * its own:
 *
 * <ul>
 *   <li>changes that a session with another {@code binlog_format} logs as statements;
 *   <li>rows that lack columns, of a session with another {@code binlog_row_image};
 *   <li>rows that have only what was changed within a JSON value.
 * </ul>
 *
 * <p>Everything else is Debezium's.
 */
package dev.ghost.internal.dialect.mysql.connector;
