/**
 * The engine's threads.
 *
 * <p>Invariant: every thread of the engine is a daemon, so that it never keeps a caller's JVM from
 * ending; and its name begins with "ghost-" and says what it does.
 */
package dev.ghost.internal.thread;
