package dev.ghost.internal.dialect.innodb.server;

import static java.util.Comparator.comparing;

import dev.ghost.api.RefusedException;
import dev.ghost.api.RowRejectedException;
import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.schema.ForeignKeyFit;
import dev.ghost.internal.dialect.innodb.schema.Trigger;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.function.SqlRunnable;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.storage.StoredJson;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What depends on the source, and does not follow to another table of its name: foreign keys on
 * either side, and triggers.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>The ghost has none of it while it is written to: a trigger would act on what is copied, and
 *       a foreign key of a table that lags would conflict with deletes.
 *   <li>Under the cutover's lock it gets all that the source itself has, under names of its own, so
 *       that the table that the application finds afterwards is complete at once, whatever becomes
 *       of us. They are not checked then: on the source they were, and the ghost is equal to it.
 *   <li>The original names follow, under a lock again, because two of one name cannot be.
 *   <li>How other tables' foreign keys follow, {@link ReferringKeys} says.
 * </ul>
 *
 * @param own foreign keys of the source
 * @param referencing foreign keys of other tables that refer to it
 */
public record InnodbAttachments(
    List<ForeignKey> own, List<ForeignKey> referencing, List<Trigger> triggers) {

  /** How long {@link #settleAfterwards} waits for its lock, and how long it may hold it. */
  private static final Duration IMPATIENT = Duration.ofMillis(500);

  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(2);

  /** Of names that foreign keys and triggers have for a while. */
  public static final String SUFFIX = "_gho";

  public static InnodbAttachments read(Connection c, TableName table) throws SQLException {
    List<ForeignKey> all = ForeignKey.of(c, table);
    return new InnodbAttachments(
        all.stream().filter(k -> k.table().equals(table)).toList(),
        all.stream().filter(k -> !k.table().equals(table)).toList(),
        Trigger.of(c, table));
  }

  /** Without the foreign keys of some tables: those follow with them. */
  public InnodbAttachments without(Set<TableName> companions) {
    return new InnodbAttachments(
        own, referencing.stream().filter(k -> !companions.contains(k.table())).toList(), triggers);
  }

  public static InnodbAttachments of(String text) {
    return StoredJson.read(text, InnodbAttachments.class);
  }

  public String text() {
    return StoredJson.write(this);
  }

  boolean none() {
    return own.isEmpty() && referencing.isEmpty() && triggers.isEmpty();
  }

  /** A line each, for people. */
  public List<String> names() {
    return Stream.of(
            own.stream().map(k -> "foreign key " + k.name()),
            referencing.stream().map(k -> "foreign key %s of %s".formatted(k.name(), k.table())),
            triggers.stream().map(t -> "trigger " + t.name()))
        .flatMap(s -> s)
        .toList();
  }

  /** What the user should know of how they follow, and what that costs. */
  public List<String> warnings(ProductSql product, TableName source) {
    List<String> warnings = new ArrayList<>();
    if (!own.isEmpty() || !referencing.isEmpty()) {
      warnings.add(
          "%s: made again under the cutover's lock, without the server's check, for they held on %s all along and both tables are compared.%s"
              .formatted(
                  names().stream()
                      .filter(n -> n.startsWith("foreign"))
                      .collect(Collectors.joining(", ")),
                  source,
                  others().stream()
                      .map(TableName::toString)
                      .reduce((x, y) -> x + ", " + y)
                      .map(" Locked as well for that moment: %s."::formatted)
                      .orElse("")));
    }
    if (!referencing.isEmpty() && !product.renamesLocked()) {
      warnings.add(
          "For some milliseconds around the swap %s have a second foreign key each, to the new table. Should ghost be killed just then, they refuse rows that refer to new rows of %s until the command is run again."
              .formatted(
                  referencing.stream()
                      .map(k -> k.table().toString())
                      .distinct()
                      .collect(Collectors.joining(", ")),
                  source));
    }
    if (!triggers.isEmpty()) {
      warnings.add(
          "The triggers %s do not fire for what is copied; they are made again under the cutover's lock."
              .formatted(triggers.stream().map(Trigger::name).collect(Collectors.joining(", "))));
    }
    return warnings;
  }

  /** The other tables that a lock has to cover. */
  public List<TableName> others() {
    return Stream.concat(parents().stream(), referencing.stream().map(ForeignKey::table))
        .distinct()
        .toList();
  }

  /** Other tables that the source refers to. */
  public List<TableName> parents() {
    return own.stream().filter(k -> !k.withinItself()).map(ForeignKey::parent).distinct().toList();
  }

  /**
   * The statements that grant what it takes to let them follow, beside what the source itself
   * takes; empty when nothing is missing.
   */
  public List<String> missing(ProductSql product, Grants grants, TableName source) {
    Map<TableName, Set<String>> needed = new TreeMap<>(comparing(TableName::toString));
    Function<TableName, Set<String>> on = t -> needed.computeIfAbsent(t, k -> new TreeSet<>());
    for (ForeignKey key : own) {
      on.apply(key.parent()).addAll(List.of("SELECT", product.privilegeToRefer()));
    }
    for (ForeignKey key : referencing) {
      on.apply(key.table()).addAll(List.of("ALTER", "CREATE", "INSERT", "SELECT"));
      on.apply(source).add(product.privilegeToRefer());
    }
    return needed.entrySet().stream()
        .flatMap(e -> grants.missing(e.getKey(), e.getValue()).stream())
        .distinct()
        .toList();
  }

  /**
   * Refuses what a migration could not keep right.
   *
   * @param companions tables that are swapped at the same moment
   */
  public void refuse(ProductSql product, Set<TableName> companions) {
    refuseWhereTwoLocksWouldMeet(product, List.of(this), companions);
  }

  /**
   * Refuses foreign keys of tables that are swapped together with which the lock on what refers to
   * them, where it is another, would wait for theirs for ever.
   */
  public static void refuseWhereTwoLocksWouldMeet(
      ProductSql product, List<InnodbAttachments> group, Set<TableName> swapped) {
    if (product.renamesLocked()) {
      return;
    }
    Set<TableName> referring =
        group.stream()
            .flatMap(a -> a.referencing.stream())
            .map(ForeignKey::table)
            .collect(Collectors.toSet());
    for (ForeignKey key : group.stream().flatMap(a -> a.own.stream()).toList()) {
      boolean both = swapped.contains(key.parent()) && !key.withinItself();
      if (both || referring.contains(key.parent())) {
        throw new RefusedException(
            "The foreign key %s of %s refers to %s, which %s. %s lets no session keep both locked over a RENAME."
                .formatted(
                    key.name(),
                    key.table(),
                    key.parent(),
                    both ? "is swapped at the same moment" : "refers back to what is swapped",
                    product.name()),
            "Drop it, and add it again after the migration: ALTER TABLE %s %s;"
                .formatted(Sql.quote(key.table()), ForeignKey.drop(key.name())));
      }
    }
  }

  /** How the foreign keys fit a new schema. */
  public ForeignKeyFit fit() {
    return new ForeignKeyFit(own, referencing);
  }

  /** Prepares the ghost, and finds out whether its triggers can be created. */
  public void prepare(Connection c, TableName ghost) throws SQLException {
    for (ForeignKey key : own) {
      key.keepIndex(c, ghost);
    }
    for (Trigger trigger : triggers) {
      try {
        trigger.create(c, ghost, temporary(trigger.name()));
      } catch (SQLException e) {
        if (InnodbErrors.classOf(e).circumstantial()) {
          throw e;
        }
        throw new RefusedException(
            "The trigger %s could not be created on %s: %s"
                .formatted(trigger.name(), ghost, e.getMessage()),
            "Change or drop the trigger first; or give this user what it takes, TRIGGER and, for"
                + " another definer, SET_ANY_DEFINER (SUPER on MariaDB).",
            e);
      }
    }
    detach(c, ghost);
  }

  /**
   * Under the lock: gives the ghost what the source has, under names of its own.
   *
   * @param ghosts of the tables that are swapped, by their sources
   */
  public void attach(Connection c, TableName ghost, Map<TableName, TableName> ghosts)
      throws SQLException {
    if (!own.isEmpty()) {
      List<String> parts =
          own.stream()
              .map(k -> k.add(temporary(k.name()), ghosts.getOrDefault(k.parent(), k.parent())))
              .toList();
      unchecked(c, () -> alter(c, ghost, parts));
    }
    for (Trigger trigger : triggers) {
      trigger.create(c, ghost, temporary(trigger.name()));
    }
  }

  /** Takes from the ghost what {@link #attach} gave it. */
  public static void detach(Connection c, TableName ghost) throws SQLException {
    for (Trigger trigger : Trigger.of(c, ghost)) {
      Trigger.drop(c, ghost, trigger.name());
    }
    ReferringKeys.leaveGhost(c, ghost);
    dropKeys(c, ghost);
  }

  private static void dropKeys(Connection c, TableName table) throws SQLException {
    List<String> drops =
        ForeignKey.of(c, table).stream()
            .filter(k -> k.table().equals(table))
            .map(k -> ForeignKey.drop(k.name()))
            .toList();
    if (!drops.isEmpty()) {
      alter(c, table, drops);
    }
  }

  /** True when there is nothing left for {@link #settle} to do. */
  boolean settled(Connection c, TableNames names) throws SQLException {
    InnodbAttachments now = read(c, names.source());
    InnodbAttachments left = read(c, names.retired());
    return now.equals(this) && left.own.isEmpty() && left.referencing.isEmpty();
  }

  /**
   * After the swap, under a lock of all these tables: gives everything its own name back, and
   * points other tables' foreign keys at the table that is now the source. Does only what is left
   * to do.
   */
  public void settle(Connection c, TableNames names) throws SQLException {
    if (none()) {
      return;
    }
    TableName source = names.source();
    InnodbAttachments now = read(c, source);
    unchecked(
        c,
        () -> {
          dropKeys(c, names.retired());
          List<String> renames = new ArrayList<>();
          now.own.stream()
              .filter(k -> !own.contains(k))
              .forEach(k -> renames.add(ForeignKey.drop(k.name())));
          own.stream()
              .filter(k -> !now.own.contains(k))
              .forEach(k -> renames.add(k.add(k.name(), k.parent())));
          if (!renames.isEmpty()) {
            alter(c, source, renames);
          }
          new ReferringKeys(referencing).settle(c, names.retired(), now.referencing);
        });
    if (!now.triggers.equals(triggers)) {
      for (Trigger trigger : triggers) {
        Trigger.drop(c, source, trigger.name());
        Trigger.drop(c, source, temporary(trigger.name()));
      }
      for (Trigger trigger : triggers) {
        trigger.create(c, source, trigger.name());
      }
    }
  }

  /** {@link #settle} under a lock of its own, where the swap did not come to it. */
  public void settleAfterwards(Connection c, TableNames names) throws SQLException {
    if (none() || settled(c, names)) {
      return;
    }
    List<ForeignKey> astray = new ReferringKeys(referencing).astray(c, names);
    String lock =
        Stream.concat(Stream.of(names.source(), names.retired()), others().stream())
            .map(t -> Sql.quote(t) + " WRITE")
            .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
    try (InnodbLockLimits limits = InnodbLockLimits.begin(c, IMPATIENT, SETTLED_WITHIN);
        ScopedSetting locked = ScopedSetting.begin(c, lock, "UNLOCK TABLES")) {
      settle(c, names);
    }
    for (ForeignKey key : astray) {
      refuseOrphans(c, key);
    }
  }

  /** Of a foreign key that pointed at the retired table for a while. */
  private static void refuseOrphans(Connection c, ForeignKey key) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(key.orphans())) {
      rs.next();
      if (rs.getLong(1) > 0) {
        throw new RowRejectedException(
            "The cutover was interrupted, and until now %s of %s was checked against the retired table: %d rows refer to rows of %s that are not there."
                .formatted(key.name(), key.table(), rs.getLong(1), key.parent()),
            "Find them, with SELECT c.* in place of SELECT COUNT(*), and decide what they are: %s;"
                .formatted(key.orphans()));
      }
    }
  }

  static void alter(Connection c, TableName table, List<String> parts) throws SQLException {
    Sql.execute(
        c,
        "ALTER TABLE %s %s, ALGORITHM=INPLACE"
            .formatted(Sql.quote(table), String.join(", ", parts)));
  }

  /** Without this the server would read the whole table, under the lock. */
  public static void unchecked(Connection c, SqlRunnable step) throws SQLException {
    try (ScopedSetting unchecked = ScopedSetting.set(c, "foreign_key_checks", "0")) {
      step.run();
    }
  }

  public static String temporary(String name) {
    return Sql.cut(name, Sql.NAME_LIMIT - SUFFIX.length()) + SUFFIX;
  }
}
