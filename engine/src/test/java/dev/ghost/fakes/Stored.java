package dev.ghost.fakes;

import dev.ghost.internal.storage.StoredForm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What runs have stored, by the number of its form: fixtures that a change of the form must not
 * change.
 */
public final class Stored {

  private static final Path FOLDER = Path.of("src/test/resources/stored");

  private Stored() {}

  /** Returns the text of one entry, in the form of this version. */
  public static String text(String name) {
    return text(StoredForm.CURRENT, name);
  }

  /** Returns the text of one entry in another form. */
  public static String text(int form, String name) {
    try {
      return Files.readString(FOLDER.resolve("form" + form).resolve(name)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
