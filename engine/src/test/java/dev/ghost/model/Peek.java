package dev.ghost.model;

import dev.ghost.change.PendingKeys;
import dev.ghost.plan.RowKey;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Looks into the engine's decisions, to know which executions are the same from here on. */
final class Peek {

  private Peek() {}

  static List<RowKey> ready(PendingKeys pending) {
    return List.copyOf(keys(pending, "ready").keySet());
  }

  /**
   * The keys in their states.
   *
   * @param cut only on which side of it a key has arrived matters
   */
  static String describe(PendingKeys pending, long cut) {
    return List.of("ready", "held", "applying").stream()
        .map(state -> state + describe(keys(pending, state), cut))
        .collect(Collectors.joining());
  }

  private static String describe(Map<RowKey, ?> keys, long cut) {
    return keys.entrySet().stream()
        .map(
            e ->
                e.getKey()
                    + ((long) field(e.getValue(), "generation") <= cut ? "<" : ">")
                    + field(e.getValue(), "chunk"))
        .collect(Collectors.joining(",", "[", "]"));
  }

  @SuppressWarnings("unchecked")
  private static Map<RowKey, ?> keys(PendingKeys pending, String state) {
    return (Map<RowKey, ?>) field(pending, state);
  }

  private static Object field(Object owner, String name) {
    try {
      Field field = owner.getClass().getDeclaredField(name);
      field.setAccessible(true);
      return field.get(owner);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(owner.getClass() + " has changed: the model must follow", e);
    }
  }
}
