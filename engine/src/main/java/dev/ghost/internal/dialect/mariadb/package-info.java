/**
 * MariaDB 10.6 to 11.8.
 *
 * <p>Invariants, besides those of {@link dev.ghost.internal.dialect.innodb}:
 *
 * <ul>
 *   <li>Commits are always ordered as the binary log is: there is no setting for it.
 *   <li>Nothing is asked of the server that a stock one does not have; performance_schema is off.
 *   <li>RENAME TABLE is refused under LOCK TABLES, so the cutover takes two sessions ({@link
 *       dev.ghost.internal.dialect.mariadb.MariaDbSwap}): it can happen only when a sentry under
 *       the retired name is gone, and the sentry continuesly when all is applied.
 * </ul>
 */
package dev.ghost.internal.dialect.mariadb;
