package dev.ghost.checkpoint;

import dev.ghost.api.ControlCommand;
import dev.ghost.dialect.StoredJson;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A command as it travels through the journal, and what became of it. Who sent it stays recorded
 * there.
 *
 * @param kind of {@link ControlCommand.Kind}, lower case
 * @param by who sent it: user and host
 * @param at when, by his clock
 * @param taken false when it was not
 * @param answer for people; empty until there is one
 */
public record CommandRecord(
    String kind, Map<String, String> settings, String by, String at, boolean taken, String answer) {

  public CommandRecord(ControlCommand command, String by, String at) {
    this(command.kind().name().toLowerCase(Locale.ROOT), command.settings(), by, at, false, "");
  }

  public ControlCommand command() {
    return new ControlCommand(ControlCommand.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), settings);
  }

  public CommandRecord answered(boolean nowTaken, String text) {
    return new CommandRecord(kind, settings, by, at, nowTaken, text);
  }

  public String text() {
    return StoredJson.write(this);
  }

  public static CommandRecord of(String text) {
    return StoredJson.read(text, CommandRecord.class);
  }

  /** For people. */
  @Override
  public String toString() {
    StringBuilder words = new StringBuilder(kind);
    new TreeMap<>(settings).forEach((k, v) -> words.append(" ").append(k).append("=").append(v));
    return words.append(" by ").append(by).append(" at ").append(at).toString();
  }
}
