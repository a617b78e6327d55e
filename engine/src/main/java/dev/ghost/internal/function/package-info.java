/**
 * Functional interfaces for code that uses a database, because those of {@code java.util.function}
 * may not throw an {@link java.sql.SQLException}.
 */
@NullMarked
package dev.ghost.internal.function;

import org.jspecify.annotations.NullMarked;
