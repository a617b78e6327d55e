/** The command line: its options, what it prints, and its exit codes. */
@NullMarked
package dev.ghost.cli;

import org.jspecify.annotations.NullMarked;
