/**
 * What the SQL of all products has in common: statements with bound values, conditions on the chunk
 * key, the order in which rows are deleted and written, and tokens. A dialect gives the statements,
 * and says how it writes quotes and comments.
 */
package dev.ghost.internal.dialect.common;
