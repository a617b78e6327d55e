/**
 * The library. {@link Ghost#connect} names a server, and its verbs are what ghost can do there.
 * What they take and return is in {@code dev.ghost.api}.
 */
@NullMarked
package dev.ghost;

import org.jspecify.annotations.NullMarked;
