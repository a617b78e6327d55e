package dev.ghost.internal.request;

import dev.ghost.api.Effect;
import dev.ghost.api.Effect.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** What a change means for the application, from the table's definitions before and after it. */
public final class Effects {

  private final List<Effect> effects = new ArrayList<>();

  /**
   * A column, as far as an application notices.
   *
   * @param type for people
   * @param filled true when a row that does not name it gets a value all the same
   */
  public record ColumnFacts(String name, String type, boolean nullable, boolean filled) {}

  /**
   * A column before and after.
   *
   * @param widens whether every value of the type before is, unchanged, one of the type after
   */
  public Effects column(Optional<ColumnFacts> before, Optional<ColumnFacts> after, boolean widens) {
    if (before.isEmpty()) {
      added(after.orElseThrow());
    } else if (after.isEmpty()) {
      add(
          Kind.CONTRACT,
          "drops the column " + before.get().name(),
          "Only after all code that names it, or inserts without naming columns, is gone.");
    } else {
      changed(before.get(), after.get(), widens);
    }
    return this;
  }

  private void added(ColumnFacts column) {
    if (column.nullable() || column.filled()) {
      add(Kind.EXPAND, "adds the column " + column.name(), "");
    } else {
      add(
          Kind.BREAKING,
          "adds the column %s, NOT NULL and without a default".formatted(column.name()),
          "Old code's INSERTs fail. Give it a default, or add it as NULL, have new code write it,"
              + " fill it with --set, and make it NOT NULL then.");
    }
  }

  private void changed(ColumnFacts before, ColumnFacts after, boolean widens) {
    String name = before.name();
    if (!name.equalsIgnoreCase(after.name())) {
      add(
          Kind.BREAKING,
          "renames the column %s to %s".formatted(name, after.name()),
          "Add %1$s with --set \"%1$s=%2$s\", write both, read %1$s, then drop %2$s."
              .formatted(after.name(), name));
    }
    if (!before.type().equals(after.type())) {
      if (widens) {
        add(
            Kind.EXPAND,
            "widens %s from %s to %s".formatted(name, before.type(), after.type()),
            "");
      } else {
        add(
            Kind.BREAKING,
            "changes the type of %s from %s to %s".formatted(name, before.type(), after.type()),
            "Where old or new code cannot do with both types: add a column of the new type, fill it"
                + " with --set, write both, read the new one, then drop the old one.");
      }
    }
    if (before.nullable() && !after.nullable()) {
      add(
          Kind.CONTRACT,
          "makes %s NOT NULL".formatted(name),
          "Only after all code that writes NULL there is gone.");
    }
    if (!before.nullable() && after.nullable()) {
      add(Kind.EXPAND, "lets %s be NULL".formatted(name), "");
    }
    if (before.filled() && !after.filled() && !after.nullable()) {
      add(
          Kind.CONTRACT,
          "takes the default of %s away".formatted(name),
          "Only after all code that inserts without it is gone.");
    }
  }

  /** Unique keys and other constraints, each as text with its name. */
  public Effects constraints(Collection<String> before, Collection<String> after) {
    for (String added : without(after, before)) {
      add(
          Kind.CONTRACT,
          "adds " + added,
          "Only after all code that writes what it forbids is gone.");
    }
    for (String dropped : without(before, after)) {
      add(Kind.EXPAND, "drops " + dropped, "");
    }
    return this;
  }

  /** Indexes that forbid nothing. */
  public Effects indexes(Collection<String> before, Collection<String> after) {
    without(after, before).forEach(name -> add(Kind.EXPAND, "adds the index " + name, ""));
    without(before, after).forEach(name -> add(Kind.EXPAND, "drops the index " + name, ""));
    return this;
  }

  public List<Effect> list() {
    return List.copyOf(effects);
  }

  private static Collection<String> without(Collection<String> all, Collection<String> others) {
    Collection<String> left = new TreeSet<>(all);
    left.removeAll(others);
    return left;
  }

  private void add(Kind kind, String what, String advice) {
    effects.add(new Effect(kind, what, Optional.of(advice).filter(a -> !a.isEmpty())));
  }
}
