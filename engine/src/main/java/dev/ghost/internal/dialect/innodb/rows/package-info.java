/**
 * The statements on rows: the chunk key, how values are converted, what is copied, replayed and
 * compared, and a sample.
 */
package dev.ghost.internal.dialect.innodb.rows;
