/**
 * The form in which a run stores what a later one needs, and its number. What another version has
 * stored in another form is not read; see {@link StoredForm}. Knows no database.
 */
package dev.ghost.internal.storage;
