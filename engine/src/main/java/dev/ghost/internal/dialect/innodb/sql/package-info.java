/**
 * SQL of MySQL and MariaDB as text: how names are written, where a token ends, what an error means,
 * and where the two products differ. Knows nothing of a catalog.
 */
package dev.ghost.internal.dialect.innodb.sql;
