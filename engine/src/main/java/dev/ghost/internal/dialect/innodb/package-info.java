/**
 * What MySQL and MariaDB have in common: InnoDB tables, a binary log, and most of their SQL. Where
 * they differ, {@link Product} says how.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>Every session that ghost opens runs READ COMMITTED (or REPEATABLE READ for snapshots), a
 *       strict SQL mode and UTC; all three are asserted. At READ COMMITTED {@code INSERT ...
 *       SELECT} locks no row of the source.
 *   <li>Names get into statements through {@link Sql#quote(String)}; values are bound.
 *   <li>A key value has one form in Java, whether a query or the binary log brought it ({@link
 *       InnodbKeyColumn}).
 *   <li>Commits become visible in the order of the binary log, so a commit of our own that comes
 *       after an event arrived returns only when that event's transaction is visible: that is the
 *       fence.
 *   <li>The row events of an XA transaction arrive at XA PREPARE, before it is decided. Their keys
 *       are undecided until the cutover's lock proves that no such transaction is left. Those that
 *       are prepared when the stream begins are waited for.
 *   <li>Where the server does not log what foreign keys do to the source's rows, the stream brings
 *       the tables that are referred to ({@link CascadingForeignKey}).
 * </ul>
 */
package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.innodb.rows.CascadingForeignKey;
import dev.ghost.internal.dialect.innodb.rows.InnodbKeyColumn;
import dev.ghost.internal.dialect.innodb.sql.Sql;
