package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.LockQueue;
import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.innodb.log.BinlogTable;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbHeldUp;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Where MySQL and MariaDB differ, as far as a migration is concerned. */
public interface Product extends ProductSql {

  /** What the user should know about a table that is built like the source. */
  List<String> warnings(InnodbTableDefinition source);

  /**
   * Notes who is in the way of one of ghost's sessions, and who waits behind it, and ends its wait.
   */
  default LockQueue endWait(Connection observer, List<TableName> tables, long session)
      throws SQLException {
    try {
      List<Long> ours = List.of(session);
      return new LockQueue(
          blockers(observer, tables, ours, 0), InnodbHeldUp.behind(observer, this, tables, ours));
    } finally {
      Sql.execute(observer, "KILL QUERY " + session);
      observer.commit();
    }
  }

  ColumnStatistics statistics(InnodbServerFacts facts);

  StreamSpec stream(InnodbServerFacts facts, ServerAddress address, List<BinlogTable> tables);

  /** A new try at the cutover of some tables. */
  Swap swap(List<InnodbMigration> benches);
}
