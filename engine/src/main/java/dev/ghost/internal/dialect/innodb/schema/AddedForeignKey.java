package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.internal.dialect.innodb.sql.WrittenName;
import dev.ghost.internal.request.TableName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A foreign key that an action adds: {@code ADD [CONSTRAINT [name]] FOREIGN KEY [index] (columns)
 * REFERENCES parent (columns) [actions]}.
 */
final class AddedForeignKey {

  /** All that can stand behind the columns that are referred to, but MATCH. */
  private static final Pattern ACTIONS =
      Pattern.compile(
          "( ON (DELETE|UPDATE) (RESTRICT|CASCADE|SET NULL|NO ACTION|SET DEFAULT)){0,2}");

  private AddedForeignKey() {}

  /**
   * Reads it. It goes to the server in ghost's own words: so an action is read as a whole or not at
   * all.
   *
   * @param source the table that is altered
   * @return empty for any other action
   */
  static Optional<ForeignKey> of(AlterAction action, TableName source) {
    int at = 1;
    String name = "";
    if (action.word(at).equals("CONSTRAINT")) {
      at++;
      if (!action.word(at).equals("FOREIGN")) {
        name = action.name(at++);
      }
    }
    if (!action.begins("ADD")
        || !action.word(at).equals("FOREIGN")
        || !action.word(at + 1).equals("KEY")) {
      return Optional.empty();
    }
    at += action.name(at + 2).equals("(") ? 2 : 3;
    int closed = action.at(")", at);
    if (!action.name(at).equals("(")
        || closed < 0
        || !action.word(closed + 1).equals("REFERENCES")) {
      return Optional.empty();
    }
    int parentAt = closed + 2;
    int opened = action.at("(", parentAt);
    int end = action.at(")", opened);
    if (opened < 0 || end < 0) {
      return Optional.empty();
    }
    Optional<WrittenName> parent =
        WrittenName.read(action.texts(parentAt, opened))
            .filter(p -> p.words() == opened - parentAt);
    Optional<List<String>> columns = action.names(at + 1, closed);
    Optional<List<String>> referred = action.names(opened + 1, end);
    String onActions =
        action.texts(end + 1, action.words().size()).stream()
            .map(w -> " " + w.toUpperCase(Locale.ROOT))
            .collect(Collectors.joining());
    if (parent.isEmpty()
        || columns.isEmpty()
        || referred.isEmpty()
        || !ACTIONS.matcher(onActions).matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new ForeignKey(
            source,
            name,
            columns.get(),
            parent.get().in(source.schema()),
            referred.get(),
            onActions));
  }
}
