package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.innodb.server.InnodbHeldUp;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The statements that lock tables for a cutover, and whom these locks hold up. */
public final class TableLocks {

  private TableLocks() {}

  /** The statement with which the cutover of some tables takes its locks. */
  public static String sql(List<InnodbMigration> benches, List<TableName> more) {
    Stream<String> byAlias =
        benches.stream()
            .flatMap(
                b ->
                    Stream.of(
                        b.key().alias().asSource(Sql.quote(b.names().source())),
                        b.key().alias().asGhost(Sql.quote(b.names().ghost()))));
    Stream<String> byName =
        Stream.concat(benches.stream().flatMap(b -> b.lockedTables().stream()), more.stream())
            .distinct()
            .map(Sql::quote);
    return Stream.concat(byAlias, byName)
        .map(t -> t + " WRITE")
        .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
  }

  /**
   * The same where what refers to these tables is locked by another session: without it, and with
   * tables that have foreign keys locked against writers only, because a lock against readers would
   * cover all that refers to them.
   */
  public static String sqlButReferring(List<InnodbMigration> benches, List<TableName> sentries) {
    Map<String, String> modes = new LinkedHashMap<>();
    for (InnodbMigration b : benches) {
      modes.put(b.key().alias().asSource(Sql.quote(b.names().source())), "READ");
      modes.put(b.key().alias().asGhost(Sql.quote(b.names().ghost())), "WRITE");
      modes.put(Sql.quote(b.names().source()), "READ");
      modes.put(Sql.quote(b.names().ghost()), "WRITE");
      b.inspection().attachments().parents().forEach(p -> modes.put(Sql.quote(p), "READ"));
    }
    sentries.forEach(s -> modes.put(Sql.quote(s), "WRITE"));
    return modes.entrySet().stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", ", "LOCK TABLES ", ""));
  }

  /**
   * The transactions that wait for what ghost's sessions have locked.
   *
   * @param ours numbers of these sessions
   */
  public static Set<String> heldUp(
      List<InnodbMigration> benches, Connection observer, List<Long> ours) throws SQLException {
    Set<String> found =
        InnodbHeldUp.behind(
            observer,
            benches.get(0).inspection().product(),
            InnodbMigration.lockedTables(benches),
            ours);
    observer.commit();
    return found;
  }
}
