package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.MigrationPlan;
import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.Effects;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Adds foreign keys. The server itself would check the rows that are there with writers locked out;
 * without its check it needs a moment. So ghost checks them: before, and again when the server
 * checks what is written.
 *
 * <p>Invariant: until ghost's second check, a key has a name of ghost's own. A run that is killed
 * leaves nothing that looks as if it were checked; the next one continues from there.
 */
record NewForeignKeys(Product product, TableName table, List<ForeignKey> keys, MigrationPlan plan)
    implements DirectChange {

  /**
   * @param keys with the names that they are to have; without one where the server is to choose
   */
  static NewForeignKeys of(
      Product product,
      Connection c,
      InnodbTableDefinition source,
      List<ForeignKey> keys,
      String change,
      InnodbInspector.Size size)
      throws SQLException {
    List<ForeignKey> there = own(c, source.name());
    List<ForeignKey> named = new ArrayList<>();
    for (ForeignKey key : keys) {
      refuseUnfit(key, source, parent(product, c, key));
      named.add(key.name().isEmpty() ? key.named(chosen(key, there, named)) : key);
    }
    boolean done = there(keys, there);
    if (!done) {
      for (ForeignKey key : named) {
        refuseTaken(c, key);
      }
    }
    List<String> add = parts(source, named);
    List<String> checks = named.stream().map(ForeignKey::orphans).toList();
    List<String> statements =
        Stream.of(
                checks,
                List.of("SET SESSION foreign_key_checks = 0", alter(source.name(), add)),
                checks,
                List.of(alter(source.name(), renames(named))))
            .flatMap(List::stream)
            .toList();
    return new NewForeignKeys(
        product,
        source.name(),
        named,
        InnodbDirect.facts(product, c, source.name(), change, size)
            .byServer(
                done ? Way.NOTHING : Way.IN_PLACE,
                done ? List.of() : statements,
                done
                    ? List.of()
                    : new Effects()
                        .constraints(
                            List.of(), named.stream().map(NewForeignKeys::describe).toList())
                        .list(),
                done
                    ? List.of()
                    : List.of(
                        "The rows that are there are checked by ghost, before and after; what is"
                            + " written in between, too. Both checks read the whole table.")));
  }

  /** True when all of it is already like that. */
  private static boolean there(List<ForeignKey> wanted, List<ForeignKey> there) {
    return wanted.stream()
        .allMatch(
            w ->
                there.stream()
                    .filter(t -> !isTemporary(t) && t.isLike(w))
                    .anyMatch(t -> w.name().isEmpty() || t.name().equalsIgnoreCase(w.name())));
  }

  /** The server would say so at the end only: names of foreign keys are those of a schema. */
  private static void refuseTaken(Connection c, ForeignKey key) throws SQLException {
    String sql =
        """
        SELECT table_name
          FROM information_schema.referential_constraints
         WHERE constraint_schema = ? AND constraint_name = ?
        """;
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, key.table().schema());
      statement.setString(2, key.name());
      try (ResultSet rs = statement.executeQuery()) {
        if (rs.next()) {
          throw new RefusedException(
              "There is a foreign key %s already, of %s.".formatted(key.name(), rs.getString(1)),
              "Give it another name.");
        }
      }
    }
  }

  private static String describe(ForeignKey key) {
    return "the foreign key %s (%s) to %s (%s)%s"
        .formatted(
            key.name(),
            String.join(", ", key.columns()),
            key.parent(),
            String.join(", ", key.parentColumns()),
            key.actions());
  }

  private static List<ForeignKey> own(Connection c, TableName table) throws SQLException {
    return ForeignKey.of(c, table).stream().filter(k -> k.table().equals(table)).toList();
  }

  private static InnodbTableDefinition parent(Product product, Connection c, ForeignKey key)
      throws SQLException {
    try {
      return InnodbTableDefinition.read(product, c, key.parent());
    } catch (SQLException e) {
      if (e.getErrorCode() != InnodbErrors.NO_SUCH_TABLE) {
        throw e;
      }
      throw new RefusedException(
          "There is no table %s to refer to.".formatted(key.parent()), "Correct the change.", e);
    }
  }

  /** Without its check the server would take some of this. */
  private static void refuseUnfit(
      ForeignKey key, InnodbTableDefinition source, InnodbTableDefinition parent) {
    boolean found =
        key.columns().size() == key.parentColumns().size()
            && key.columns().stream().allMatch(n -> source.column(n).isPresent())
            && key.parentColumns().stream().allMatch(n -> parent.column(n).isPresent())
            && parent.indexes().stream().anyMatch(i -> i.leads(key.parentColumns()));
    if (!found) {
      throw new RefusedException(
          "%s has no index on (%s), or the columns do not match those of %s."
              .formatted(parent.name(), String.join(", ", key.parentColumns()), source.name()),
          "A foreign key refers to columns with an index: correct the change.");
    }
    for (int i = 0; i < key.columns().size(); i++) {
      InnodbColumn one = source.column(key.columns().get(i)).orElseThrow();
      InnodbColumn other = parent.column(key.parentColumns().get(i)).orElseThrow();
      if (!one.comparesLike(other)) {
        throw new RefusedException(
            "%s of %s is %s, and %s of %s is %s: no foreign key can refer from one to the other."
                .formatted(
                    one.name(),
                    source.name(),
                    one.fullType(),
                    other.name(),
                    parent.name(),
                    other.fullType()),
            "Give them the same type, charset and collation first.");
      }
    }
  }

  /** The name that a run before has chosen, or one as the server would choose it. */
  private static String chosen(ForeignKey key, List<ForeignKey> there, List<ForeignKey> more) {
    return there.stream()
        .filter(t -> isTemporary(t) && t.isLike(key))
        .map(t -> behind(t, there, more))
        .findFirst()
        .orElseGet(() -> freeName(key.table(), there, more));
  }

  /** The name behind a temporary one, in which a long name is cut. */
  private static String behind(
      ForeignKey temporary, List<ForeignKey> there, List<ForeignKey> more) {
    List<ForeignKey> others = there.stream().filter(t -> !t.equals(temporary)).toList();
    String free = freeName(temporary.table(), others, more);
    String name = temporary.name();
    return InnodbAttachments.temporary(free).equals(name)
        ? free
        : name.substring(0, name.length() - InnodbAttachments.SUFFIX.length());
  }

  /** The next number behind all that there are, as the server itself does it. */
  private static String freeName(TableName table, List<ForeignKey> there, List<ForeignKey> more) {
    Pattern numbered =
        Pattern.compile(
            "(?iu)%s_ibfk_([0-9]{1,9})(%s)?"
                .formatted(Pattern.quote(table.table()), InnodbAttachments.SUFFIX));
    int last =
        Stream.concat(there.stream(), more.stream())
            .map(key -> numbered.matcher(key.name()))
            .filter(Matcher::matches)
            .mapToInt(m -> Integer.parseInt(m.group(1)))
            .max()
            .orElse(0);
    String suffix = "_ibfk_" + (last + 1);
    return Sql.cut(table.table(), Sql.NAME_LIMIT - suffix.length()) + suffix;
  }

  private static boolean isTemporary(ForeignKey key) {
    return key.name().endsWith(InnodbAttachments.SUFFIX);
  }

  /** Adds keys by their temporary names, each with the index that the server would add itself. */
  private static List<String> parts(InnodbTableDefinition source, List<ForeignKey> keys) {
    List<String> parts = new ArrayList<>();
    for (ForeignKey key : keys) {
      if (source.indexes().stream().noneMatch(i -> i.leads(key.columns()))) {
        parts.add("ADD INDEX %s (%s)".formatted(Sql.quote(key.name()), Sql.quoted(key.columns())));
      }
      parts.add(key.add(InnodbAttachments.temporary(key.name()), key.parent()));
    }
    return parts;
  }

  private static List<String> renames(List<ForeignKey> keys) {
    return keys.stream()
        .flatMap(
            k ->
                Stream.of(
                    ForeignKey.drop(InnodbAttachments.temporary(k.name())),
                    k.add(k.name(), k.parent())))
        .toList();
  }

  private static String alter(TableName table, List<String> parts) {
    return "ALTER TABLE %s %s, ALGORITHM=INPLACE, LOCK=NONE"
        .formatted(Sql.quote(table), String.join(", ", parts));
  }

  @Override
  public int steps() {
    return 4;
  }

  @Override
  public Swap.Lock take(int step, Connection c, Connection guard, Duration lockTimeout)
      throws SQLException {
    return switch (step) {
      case 0, 2 -> check(c, lockTimeout);
      case 1 -> unchecked(c, adds(c), lockTimeout);
      default -> unchecked(c, renames(temporary(c)), lockTimeout);
    };
  }

  /** What a run before has not added already. */
  private List<String> adds(Connection c) throws SQLException {
    List<ForeignKey> there = temporary(c);
    InnodbTableDefinition now = InnodbTableDefinition.read(product, c, table);
    return parts(now, keys.stream().filter(k -> !there.contains(k)).toList());
  }

  /** Those that are there by their temporary names. */
  private List<ForeignKey> temporary(Connection c) throws SQLException {
    List<String> names = own(c, table).stream().map(ForeignKey::name).toList();
    return keys.stream()
        .filter(k -> names.contains(InnodbAttachments.temporary(k.name())))
        .toList();
  }

  private Swap.Lock unchecked(Connection c, List<String> parts, Duration lockTimeout)
      throws SQLException {
    if (parts.isEmpty()) {
      return Swap.Lock.GRANTED;
    }
    Swap.Lock[] lock = new Swap.Lock[1];
    InnodbAttachments.unchecked(
        c, () -> lock[0] = InnodbDirect.patient(alter(table, parts), c, lockTimeout));
    return lock[0];
  }

  /** What this run, or one before, has added must not stay behind, to bind new rows only. */
  private Swap.Lock check(Connection c, Duration lockTimeout) throws SQLException {
    try {
      refuseOrphans(c);
      return Swap.Lock.GRANTED;
    } catch (RowRejectedException e) {
      List<String> drops =
          temporary(c).stream()
              .map(k -> ForeignKey.drop(InnodbAttachments.temporary(k.name())))
              .toList();
      if (!unchecked(c, drops, lockTimeout.multipliedBy(10)).granted()) {
        throw new RowRejectedException(
            e.what() + " And what was added could not be dropped again for want of a lock.",
            "Drop it: %s;".formatted(alter(table, drops)),
            e);
      }
      throw e;
    }
  }

  private void refuseOrphans(Connection c) throws SQLException {
    for (ForeignKey key : keys) {
      long orphans;
      try (var statement = c.createStatement();
          ResultSet rs = statement.executeQuery(key.orphans())) {
        rs.next();
        orphans = rs.getLong(1);
      }
      // The ALTER TABLE that follows would wait for what this transaction has read.
      c.commit();
      if (orphans > 0) {
        throw new RowRejectedException(
            "%d rows of %s refer, by (%s), to rows of %s that are not there."
                .formatted(orphans, table, String.join(", ", key.columns()), key.parent()),
            "The table is as it was. Find them with SELECT c.* in place of SELECT COUNT(*), and mend them: %s;"
                .formatted(key.orphans()));
      }
    }
  }
}
