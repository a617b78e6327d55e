package dev.ghost.internal.key;

/** Which rows of the source a statement is about. */
public sealed interface RowSelection permits KeyRange, KeyList {}
