package dev.ghost.plan;

/**
 * What the user asked for.
 *
 * @param table the table to alter
 * @param change what follows {@code ALTER TABLE name} in the statement
 */
public record AlterRequest(TableName table, String change) {}
