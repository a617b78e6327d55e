/**
 * MySQL 8.0.13 to 9.x.
 *
 * <p>Invariants, besides those of {@link dev.ghost.internal.dialect.innodb}:
 *
 * <ul>
 *   <li>Commits are ordered as the binary log is only with {@code binlog_order_commits=ON}, which
 *       is checked.
 *   <li>RENAME TABLE works under LOCK TABLES, so one session makes the cutover.
 * </ul>
 */
package dev.ghost.internal.dialect.mysql;
