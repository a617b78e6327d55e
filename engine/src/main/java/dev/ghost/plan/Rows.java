package dev.ghost.plan;

/** Which rows of the source a statement is about. */
public sealed interface Rows permits KeyRange, KeyList {}
