/**
 * What the SQL of all products has in common: statements with bound values, conditions on the chunk
 * key, and the order in which rows are deleted and written. A dialect gives the statements.
 */
package dev.ghost.dialect.common;
