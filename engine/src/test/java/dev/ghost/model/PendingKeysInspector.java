package dev.ghost.model;

import dev.ghost.internal.change.PendingKeys;
import dev.ghost.internal.key.RowKey;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Looks into the engine's decisions, to know which executions are the same from here on. */
final class PendingKeysInspector {

  /** Millions of times a run: looking one up takes longer than reading it. */
  private static final ClassValue<Map<String, Field>> FIELDS =
      new ClassValue<>() {
        @Override
        protected Map<String, Field> computeValue(Class<?> owner) {
          return new ConcurrentHashMap<>();
        }
      };

  private static final List<String> STATES = List.of("ready", "held", "applying");

  private PendingKeysInspector() {}

  /** True when there are keys that can be applied. */
  static boolean ready(PendingKeys pending) {
    return !keys(pending, "ready").isEmpty();
  }

  /**
   * The keys in their states.
   *
   * @param cut only on which side of it a key has arrived matters
   */
  static String describe(PendingKeys pending, long cut) {
    StringBuilder text = new StringBuilder();
    for (String state : STATES) {
      text.append(state);
      keys(pending, state)
          .forEach(
              (key, change) ->
                  text.append(' ')
                      .append(key.part(0))
                      .append((long) field(change, "generation") <= cut ? '<' : '>')
                      .append(field(change, "chunk")));
    }
    return text.toString();
  }

  /**
   * The cascades whose rows are not known.
   *
   * @param arrivals only on which side of it one has arrived matters
   */
  static String cascades(PendingKeys pending, long cut, long arrivals) {
    StringBuilder text = new StringBuilder();
    for (String state : List.of("ready", "held")) {
      ((Map<?, ?>) field(field(pending, "cascades"), state))
          .forEach(
              (cascade, entry) ->
                  text.append(state)
                      .append(cascade)
                      .append((long) field(entry, "generation") <= cut ? '<' : '>')
                      .append((long) field(entry, "arrival") <= arrivals ? '<' : '>')
                      .append(field(entry, "chunk")));
    }
    return text.toString();
  }

  @SuppressWarnings("unchecked")
  private static Map<RowKey, ?> keys(PendingKeys pending, String state) {
    return (Map<RowKey, ?>) field(pending, state);
  }

  private static Object field(Object owner, String name) {
    try {
      return FIELDS
          .get(owner.getClass())
          .computeIfAbsent(name, n -> declared(owner.getClass(), n))
          .get(owner);
    } catch (IllegalAccessException e) {
      throw new LinkageError(name + " of " + owner.getClass() + " cannot be read", e);
    }
  }

  private static Field declared(Class<?> owner, String name) {
    try {
      Field field = owner.getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new LinkageError(owner + " has changed: the model must follow", e);
    }
  }
}
