package dev.ghost.internal.storage;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.request.TableName;

/**
 * The form of what a run stores in its {@link Journal}, and the version of ghost that has stored
 * it.
 *
 * @param number raised with each change after which another version could not read the journal
 * @param version of ghost, for people
 */
public record StoredForm(int number, String version) {

  /** The form that this version writes, and the only one that it reads. */
  public static final int CURRENT = 3;

  /** Returns the form in which this version stores. */
  public static StoredForm ours() {
    String version = StoredForm.class.getPackage().getImplementationVersion();
    return new StoredForm(CURRENT, version == null ? "(development build)" : version);
  }

  /** Writes it in one line. */
  public String text() {
    return number + " " + version;
  }

  /** Reads what {@link #text} has written. */
  public static StoredForm of(String text) {
    int space = text.indexOf(' ');
    return new StoredForm(Integer.parseInt(text.substring(0, space)), text.substring(space + 1));
  }

  /**
   * Refuses a journal that this version cannot read.
   *
   * @param source the table that the run alters
   */
  public void refuseOther(TableName source) {
    if (number != CURRENT) {
      throw new RefusedException(
          "An unfinished run on %s was made by ghost %s, which stores its state in form %d. This version reads form %d."
              .formatted(source, version, number, CURRENT),
          "Run the same command with ghost %s, and it continues; or remove what the run has left with ghost cleanup --table %s."
              .formatted(version, source.table()));
    }
  }
}
