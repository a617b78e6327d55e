/**
 * What callers of the library see: the result, the plan, the listener, the errors. Depends on
 * nothing else of ghost.
 */
@NullMarked
package dev.ghost.api;

import org.jspecify.annotations.NullMarked;
