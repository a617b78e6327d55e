/**
 * Debezium's connector for MariaDB with another streaming source, because its own leaves out, in
 * silence, what a stock MariaDB can write:
 *
 * <ul>
 *   <li>events that {@code log_bin_compress} has compressed;
 *   <li>rows without their generated columns, which is how an UPDATE or a DELETE logs them,
 *       whatever {@code binlog_row_image} is;
 *   <li>the mark of a transaction that is only prepared;
 *   <li>changes that a session with another {@code binlog_format} logs as statements, and rows that
 *       lack other columns, of a session with another {@code binlog_row_image}: they end the
 *       stream.
 * </ul>
 *
 * <p>Everything else is Debezium's.
 */
package dev.ghost.internal.dialect.mariadb.connector;
