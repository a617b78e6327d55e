/**
 * PostgreSQL's SQL as text: how names and literals are written, what an ALTER TABLE and an
 * expression say, and what an error means. Knows nothing of a catalog.
 */
package dev.ghost.internal.dialect.postgres.sql;
