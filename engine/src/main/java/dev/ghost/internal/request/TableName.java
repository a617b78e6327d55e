package dev.ghost.internal.request;

/** A table by its schema and name, unquoted and in the server's own letter case. */
public record TableName(String schema, String table) {

  public TableName sibling(String name) {
    return new TableName(schema, name);
  }

  @Override
  public String toString() {
    return schema + "." + table;
  }
}
