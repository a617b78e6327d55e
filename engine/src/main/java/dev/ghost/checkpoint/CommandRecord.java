package dev.ghost.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.ControlCommand;
import dev.ghost.api.RefusedException;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * An order as it travels through the journal, and what became of it; who gave it stays recorded
 * there.
 *
 * @param kind of {@link ControlCommand.Kind}, lower case
 * @param by who gave it: user and host
 * @param at when, by his clock
 * @param taken false when it was not
 * @param answer for people; empty until there is one
 */
public record CommandRecord(
    String kind, Map<String, String> settings, String by, String at, boolean taken, String answer) {

  private static final ObjectMapper JSON = new ObjectMapper();

  public CommandRecord(ControlCommand order, String by, String at) {
    this(order.kind().name().toLowerCase(Locale.ROOT), order.settings(), by, at, false, "");
  }

  public ControlCommand order() {
    return new ControlCommand(ControlCommand.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), settings);
  }

  public CommandRecord answered(boolean nowTaken, String text) {
    return new CommandRecord(kind, settings, by, at, nowTaken, text);
  }

  public String text() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("it is made of strings", e);
    }
  }

  public static CommandRecord of(String text) {
    try {
      return JSON.readValue(text, CommandRecord.class);
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "An order in the journal cannot be read: " + e.getOriginalMessage(),
          "It may have been written by another version of ghost: use that one, or remove what the"
              + " run has left with ghost cleanup.",
          e);
    }
  }

  /** For people. */
  @Override
  public String toString() {
    StringBuilder words = new StringBuilder(kind);
    new TreeMap<>(settings).forEach((k, v) -> words.append(" ").append(k).append("=").append(v));
    return words.append(" by ").append(by).append(" at ").append(at).toString();
  }
}
