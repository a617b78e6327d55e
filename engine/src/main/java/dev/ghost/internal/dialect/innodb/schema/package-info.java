/** Tables as the server describes them, and what a statement makes of one. */
package dev.ghost.internal.dialect.innodb.schema;
