package dev.ghost.api;

import java.util.List;

/**
 * What a migration is going to do, for people and programs to read.
 *
 * @param server product and version
 * @param table the source, {@code schema.table}
 * @param change the change as it will be applied to the ghost
 * @param ghostTable the table that is filled and then swapped in
 * @param retiredTable the name the source will have after the cutover
 * @param chunkKey name and columns of the key that orders the copy
 * @param columns how each column of the new schema gets its values
 * @param estimatedRows the server's estimate
 * @param estimatedBytes the server's estimate of table and indexes
 * @param warnings what the user should know before going on
 */
public record MigrationPlan(
    String server,
    String table,
    String change,
    String ghostTable,
    String retiredTable,
    String chunkKey,
    List<String> columns,
    long estimatedRows,
    long estimatedBytes,
    List<String> warnings) {

  public MigrationPlan {
    columns = List.copyOf(columns);
    warnings = List.copyOf(warnings);
  }
}
