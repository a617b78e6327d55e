/**
 * The server and its sessions: settings, privileges, topology, locks; the journal, and what depends
 * on the source.
 */
package dev.ghost.internal.dialect.innodb.server;
