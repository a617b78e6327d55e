package dev.ghost.internal.plan;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Finds names in the text of expressions. */
public final class Mentions {

  private Mentions() {}

  /** True of a text that has the name as a word; perhaps also when something else has it. */
  public static Predicate<String> of(String name) {
    return Pattern.compile("(?iu)(?<![\\w$])%s(?![\\w$])".formatted(Pattern.quote(name)))
        .asPredicate();
  }
}
