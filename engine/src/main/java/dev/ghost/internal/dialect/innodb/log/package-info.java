/** What the binary log brings, and how Debezium reads it. */
package dev.ghost.internal.dialect.innodb.log;
