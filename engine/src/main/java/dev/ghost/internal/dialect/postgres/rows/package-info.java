/**
 * PostgreSQL's statements on rows: the chunk key, what is copied, replayed and compared, and a
 * sample.
 */
package dev.ghost.internal.dialect.postgres.rows;
