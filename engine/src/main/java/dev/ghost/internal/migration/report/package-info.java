/**
 * Tells what a run does: {@link ProgressReporter} the listener, one call at a time, and {@link
 * RunLog} the log.
 */
package dev.ghost.internal.migration.report;
