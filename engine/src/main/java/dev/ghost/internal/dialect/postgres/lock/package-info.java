/** How long PostgreSQL's locks are waited for, who is in the way, and who waits behind us. */
package dev.ghost.internal.dialect.postgres.lock;
