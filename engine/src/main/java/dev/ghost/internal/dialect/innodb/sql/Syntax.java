package dev.ghost.internal.dialect.innodb.sql;

/** How a product writes its statements. */
public interface Syntax {

  /** True when the grammar has IF EXISTS and IF NOT EXISTS for parts of a table. */
  boolean knowsConditions();
}
