package dev.ghost.internal.dialect.innodb.schema;

import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A name that the server has made of a table's, and makes again when that is renamed: {@code
 * t_ibfk_1} of a foreign key, {@code t_chk_1} of a check. It refuses to rename a table where such a
 * name becomes too long.
 *
 * @param suffix what follows the table's name
 */
public record DerivedName(String suffix) {

  private static final Pattern SUFFIX = Pattern.compile("_(ibfk|chk)_[0-9]+");

  private static Optional<DerivedName> of(TableName table, String name) {
    if (!name.regionMatches(true, 0, table.table(), 0, table.table().length())) {
      return Optional.empty();
    }
    Matcher suffix = SUFFIX.matcher(name.substring(table.table().length()));
    return suffix.matches() ? Optional.of(new DerivedName(suffix.group())) : Optional.empty();
  }

  private boolean fits(TableName table) {
    return table.table().length() + suffix.length() <= Sql.NAME_LIMIT;
  }

  /**
   * Refuses a name for the retired table that is too long for what the source has.
   *
   * @throws UsageException if it is; only the user can have chosen it
   */
  public static void refuseTooLong(
      InnodbTableDefinition source, List<ForeignKey> own, TableName retired) {
    Stream.concat(
            own.stream().map(ForeignKey::name), Check.of(source.ddl()).stream().map(Check::name))
        .flatMap(name -> of(source.name(), name).stream())
        .filter(derived -> !derived.fits(retired))
        .findFirst()
        .ifPresent(
            derived -> {
              throw new UsageException(
                  "The retired table cannot be called '%s': the server would name what is %s%s now after it, and that name would be longer than it allows (%d)."
                      .formatted(
                          retired.table(), source.name().table(), derived.suffix, Sql.NAME_LIMIT),
                  "Give a shorter name with --retired-table, or none.");
            });
  }

  /**
   * Gives checks of the ghost other names where those that the server has made of its name would
   * become too long with the source's. They say which is which, as {@link #plain} reads it.
   */
  public static void shorten(Connection c, TableName source, TableName ghost) throws SQLException {
    String ddl = InnodbTableDefinition.stableDdl(c, ghost);
    List<Check> derived =
        Check.of(ddl).stream().filter(k -> of(ghost, k.name()).isPresent()).toList();
    if (derived.stream().allMatch(k -> of(ghost, k.name()).orElseThrow().fits(source))) {
      return;
    }
    List<String> taken = names(c, source.schema());
    // Those of a run before are the source's now.
    String head =
        IntStream.rangeClosed(1, 9)
            .mapToObj(i -> "%s_ck%d_".formatted(ghost.table(), i))
            .filter(h -> taken.stream().noneMatch(name -> name.startsWith(h)))
            .findFirst()
            .orElseThrow();
    List<String> parts = new ArrayList<>();
    for (Check check : derived) {
      String number = check.name().substring(check.name().lastIndexOf('_') + 1);
      parts.add("DROP CHECK " + Sql.quote(check.name()));
      parts.add(check.add(head + number));
    }
    Sql.execute(c, "ALTER TABLE %s %s".formatted(Sql.quote(ghost), String.join(", ", parts)));
  }

  /** The names of all checks of a schema: there, each is there once. */
  private static List<String> names(Connection c, String schema) throws SQLException {
    List<String> names = new ArrayList<>();
    try (PreparedStatement statement =
        c.prepareStatement(
            "SELECT constraint_name FROM information_schema.check_constraints WHERE"
                + " constraint_schema = ?")) {
      statement.setString(1, schema);
      try (ResultSet rs = statement.executeQuery()) {
        while (rs.next()) {
          names.add(rs.getString(1));
        }
      }
    }
    return names;
  }

  /** A definition without the table's name in the names that come of it. */
  static String plain(String ddl, TableName name) {
    String quoted = Sql.quote(name.table());
    return ddl.replace(quoted.substring(0, quoted.length() - 1) + "_chk_", "`_chk_")
        .replaceAll(
            "CONSTRAINT `(?:[^`]|``)+_gho_ck[1-9]_([0-9]+)` CHECK", "CONSTRAINT `_chk_$1` CHECK");
  }
}
