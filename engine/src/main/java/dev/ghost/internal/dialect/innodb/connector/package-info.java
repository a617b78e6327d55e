/**
 * What our connectors for MySQL and MariaDB have in common. Each is Debezium's with another
 * streaming source, because Debezium's passes over, in silence, what a server can write: a change
 * of a table that is watched ends the stream where it is not logged as whole rows.
 */
package dev.ghost.internal.dialect.innodb.connector;
