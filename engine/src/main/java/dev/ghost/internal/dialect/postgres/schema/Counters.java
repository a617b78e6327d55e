package dev.ghost.internal.dialect.postgres.schema;

import java.util.List;
import java.util.Map;

/**
 * Where the sequences of the source's columns go on after the swap.
 *
 * @param columns the ghost's name of a column, by the source's
 * @param restarted columns of the ghost whose counter is not the source's: the change has set it
 */
public record Counters(Map<String, String> columns, List<String> restarted) {}
