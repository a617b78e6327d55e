/**
 * What a run has on the PostgreSQL server beside its tables, and what else is there: publications
 * and their readers, the journal, poolers and replicas.
 */
package dev.ghost.internal.dialect.postgres.server;
