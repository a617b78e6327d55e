/**
 * The engine's threads, and what holds one of them.
 *
 * <p>Invariant: every thread of the engine is a daemon, so that it never keeps a caller's JVM from
 * ending; and its name begins with "ghost-" and says what it does.
 */
package dev.ghost.internal.thread;
