/**
 * Tables as PostgreSQL's catalog describes them, and the statements that make a ghost like its
 * source.
 */
package dev.ghost.internal.dialect.postgres.schema;
