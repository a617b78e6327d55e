package dev.ghost.internal.plan;

import dev.ghost.internal.request.TableName;

/**
 * A table that a cutover has retired.
 *
 * @param source the table that took its name
 * @param bytes what it takes, as far as the server knows
 */
public record RetiredTable(TableName name, TableName source, Retirement retirement, long bytes) {}
