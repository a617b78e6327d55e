/** What the binary log brings, and how Debezium reads it. */
package dev.ghost.dialect.innodb.log;
