package dev.ghost.fakes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What runs of this form have stored: fixtures that a change of the form must not change. */
public final class Stored {

  private static final Path FOLDER = Path.of("src/test/resources/stored/form1");

  private Stored() {}

  /** Returns the text of one entry. */
  public static String text(String name) {
    try {
      return Files.readString(FOLDER.resolve(name)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
