package dev.ghost.internal.plan;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ghost.api.RefusedException;
import dev.ghost.internal.request.TableName;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What must be known of a retired table: by it we know the table as ours, and how to swap it back.
 * It is the table's comment while it is retired.
 *
 * @param source the name that it had
 * @param change what was asked for when it was retired
 * @param at when it was retired, in ISO 8601
 * @param comment the comment that it had
 * @param renamed its columns that have another name in the new table, with that name
 * @param gone its columns that the new table lacks
 * @param computed its columns whose values went through an expression into the new table
 * @param undo statements that give it back what the swap took from it
 * @param validated the foreign keys among that which hold for all rows, by name
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Retirement(
    String source,
    String change,
    String at,
    String comment,
    Map<String, String> renamed,
    List<String> gone,
    List<String> computed,
    List<String> undo,
    List<String> validated) {

  /** How each comment of a retired table begins. */
  public static final String HEAD = "Retired by ghost: ";

  private static final ObjectMapper JSON = new ObjectMapper();

  public Retirement {
    comment = comment == null ? "" : comment;
    renamed = renamed == null ? Map.of() : Map.copyOf(renamed);
    gone = gone == null ? List.of() : List.copyOf(gone);
    computed = computed == null ? List.of() : List.copyOf(computed);
    undo = undo == null ? List.of() : List.copyOf(undo);
    validated = validated == null ? List.of() : List.copyOf(validated);
  }

  /**
   * A column of a table that is being retired.
   *
   * @param now the new table's column that takes its values as they are; empty when none does
   * @param renamed true when that has another name
   * @param computed true when new columns may hold what it held, in another form
   */
  public record Former(
      String name, Optional<String> now, boolean renamed, boolean computed, boolean generated) {}

  /** Of a table that is retired now. */
  public static Retirement now(
      TableName source,
      String change,
      String comment,
      List<Former> columns,
      List<String> undo,
      List<String> validated) {
    List<Former> left = columns.stream().filter(c -> c.now.isEmpty()).toList();
    return new Retirement(
        source.table(),
        change,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        comment,
        columns.stream()
            .filter(c -> c.renamed && c.now.isPresent())
            .collect(Collectors.toMap(Former::name, c -> c.now.orElseThrow())),
        left.stream().filter(c -> !c.computed && !c.generated).map(Former::name).toList(),
        left.stream().filter(Former::computed).map(Former::name).toList(),
        undo,
        validated);
  }

  /** What the new table calls a column of the retired one; empty when it has none like it. */
  public Optional<String> nowNamed(String column) {
    return gone.contains(column) || computed.contains(column)
        ? Optional.empty()
        : Optional.of(renamed.getOrDefault(column, column));
  }

  /**
   * Refuses a way back that is not known.
   *
   * @param retired the table that this is of
   * @param columns its columns that are not generated
   * @param given whether an expression is given for one of them
   * @param present whether the present table has a column
   */
  public void refuseUnknown(
      TableName retired,
      Collection<String> columns,
      Predicate<String> given,
      Predicate<String> present) {
    List<String> unknown = computed.stream().filter(given.negate()).toList();
    if (!unknown.isEmpty()) {
      throw new RefusedException(
          "The change computed new columns from %s of %s; what they would be by now is not known."
              .formatted(String.join(", ", unknown), retired),
          "Say how they follow from the columns of today: --set \"%s=...\""
              .formatted(unknown.get(0)));
    }
    for (String column : columns) {
      Optional<String> now = nowNamed(column);
      if (now.filter(present.negate()).isPresent()) {
        throw new RefusedException(
            "%s has no column %s any more, which is %s in %s."
                .formatted(source, now.get(), column, retired),
            "Only the change that retired the table can be taken back, not one after it.");
      }
    }
  }

  /**
   * What does not come back, for people.
   *
   * @param present the present table's columns that are not generated
   * @param taken those that the retired table takes values from
   * @param left where the others stay
   */
  public static Optional<String> loss(
      List<String> present, Collection<String> taken, TableName left) {
    String lost =
        present.stream().filter(c -> !taken.contains(c)).collect(Collectors.joining(", "));
    return lost.isEmpty()
        ? Optional.empty()
        : Optional.of("What the columns %s hold stays behind, in %s.".formatted(lost, left));
  }

  /** The refusal of a name that ghost needs, and that the retired table has. */
  public RefusedException refusal(TableName name) {
    return new RefusedException(
        "%s is there still, which the cutover of %s has retired on %s.".formatted(name, source, at),
        "ghost drop --table %1$s drops it; ghost revert --table %1$s swaps it back."
            .formatted(source));
  }

  public Instant since() {
    return Instant.parse(at);
  }

  /** The comment that says it, without a limit. */
  public String text() {
    try {
      return HEAD + JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("it is made of strings", e);
    }
  }

  /**
   * The comment that says it, with the change cut short where that makes it fit.
   *
   * @param limit characters that a comment can have
   * @return empty when it cannot be made to fit
   */
  public Optional<String> text(int limit) {
    int over = text().length() - limit;
    if (over <= 0) {
      return Optional.of(text());
    }
    String shorter = change.substring(0, Math.max(0, change.length() - 2 * over - 3)) + "...";
    String cut =
        new Retirement(source, shorter, at, comment, renamed, gone, computed, undo, validated)
            .text();
    return cut.length() <= limit ? Optional.of(cut) : Optional.empty();
  }

  /** Reads a comment; empty when ghost has not written it. */
  public static Optional<Retirement> of(String comment) {
    if (!comment.startsWith(HEAD)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(comment.substring(HEAD.length()), Retirement.class));
    } catch (JsonProcessingException e) {
      throw new RefusedException(
          "The comment of a retired table cannot be read: " + e.getOriginalMessage(),
          "Drop the table by hand if nobody needs it.",
          e);
    }
  }
}
