package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.sql.ScopedSetting;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Foreign keys of other tables that refer to the source. They follow it when it is renamed, to the
 * retired table: so each is made again, under a temporary name first, because two of one name
 * cannot be.
 *
 * <p>Where no session can keep the tables locked over the swap, another one locks those that refer.
 * Under both locks each of them gets a second key, to the ghost, which follows to the source's
 * name; the first is dropped after the swap. So at no moment a row goes unchecked.
 */
public record ReferringKeys(List<ForeignKey> keys) {

  public boolean none() {
    return keys.isEmpty();
  }

  /** The statement that locks the tables that refer. */
  public static String lockSql(List<ReferringKeys> all) {
    return all.stream()
        .flatMap(r -> r.keys.stream())
        .map(k -> Sql.quote(k.table()) + " WRITE")
        .distinct()
        .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
  }

  /** Under the locks: lets them refer to the ghost as well, which is equal to the source. */
  public void referToGhost(Connection c, TableName ghost) throws SQLException {
    InnodbAttachments.unchecked(
        c,
        () -> {
          for (ForeignKey key : keys) {
            key.keepIndex(c, key.table());
            InnodbAttachments.alter(
                c, key.table(), List.of(key.add(InnodbAttachments.temporary(key.name()), ghost)));
          }
        });
  }

  /** Under the lock on the tables that refer, the names being swapped: drops the first ones. */
  public void leaveRetired(Connection c) throws SQLException {
    InnodbAttachments.unchecked(
        c,
        () -> {
          for (ForeignKey key : keys) {
            point(c, key, true, true);
          }
        });
  }

  /**
   * Whatever of it is left to do, under a lock on all tables.
   *
   * @param now those that refer to the source, which is the new table by now
   */
  void settle(Connection c, TableName retired, List<ForeignKey> now) throws SQLException {
    for (ForeignKey key : keys) {
      if (!now.contains(key)) {
        key.keepIndex(c, key.table());
        boolean second = temporaryAmong(now, key);
        boolean first = second && referringTo(c, retired).stream().anyMatch(key::isNamedLike);
        point(c, key, second, first);
      }
    }
  }

  /** Those that are checked against the retired table, and against nothing else. */
  List<ForeignKey> astray(Connection c, TableNames names) throws SQLException {
    List<ForeignKey> now = referringTo(c, names.source());
    return keys.stream().filter(k -> !now.contains(k) && !temporaryAmong(now, k)).toList();
  }

  private static boolean temporaryAmong(List<ForeignKey> now, ForeignKey key) {
    String temporary = InnodbAttachments.temporary(key.name());
    return now.stream().anyMatch(k -> k.table().equals(key.table()) && k.name().equals(temporary));
  }

  private static List<ForeignKey> referringTo(Connection c, TableName table) throws SQLException {
    return ForeignKey.of(c, table).stream()
        .filter(k -> k.parent().equals(table) && !k.withinItself())
        .toList();
  }

  /**
   * @param second true when the key under the temporary name is there
   * @param first true when the key that refers to the retired table is there as well
   */
  private static void point(Connection c, ForeignKey key, boolean second, boolean first)
      throws SQLException {
    String temporary = InnodbAttachments.temporary(key.name());
    if (!second) {
      InnodbAttachments.alter(
          c, key.table(), List.of(ForeignKey.drop(key.name()), key.add(temporary, key.parent())));
    } else if (first) {
      InnodbAttachments.alter(c, key.table(), List.of(ForeignKey.drop(key.name())));
    }
    // MySQL does not drop and add one name in one statement.
    InnodbAttachments.alter(
        c, key.table(), List.of(ForeignKey.drop(temporary), key.add(key.name(), key.parent())));
  }

  /** Without a lock: takes back what {@link #referToGhost} did, where it was not to be. */
  public static void leaveGhost(Connection c, TableName ghost) throws SQLException {
    List<ForeignKey> found = referringTo(c, ghost);
    if (found.isEmpty()) {
      return;
    }
    try (ScopedSetting impatient = ScopedSetting.set(c, "lock_wait_timeout", "1")) {
      for (ForeignKey key : found) {
        InnodbAttachments.alter(c, key.table(), List.of(ForeignKey.drop(key.name())));
      }
    }
  }

  /** The same under the lock on the tables that refer, however far it came. */
  public void leaveGhost(Connection c) throws SQLException {
    for (ForeignKey key : keys) {
      String name = Sql.quote(InnodbAttachments.temporary(key.name()));
      InnodbAttachments.alter(c, key.table(), List.of("DROP FOREIGN KEY IF EXISTS " + name));
    }
  }
}
