package dev.ghost.dialect.innodb;

import dev.ghost.dialect.LockQueue;
import dev.ghost.dialect.StreamSpec;
import dev.ghost.dialect.Swap;
import dev.ghost.dialect.innodb.log.BinlogTable;
import dev.ghost.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.dialect.innodb.server.InnodbHeldUp;
import dev.ghost.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.dialect.innodb.sql.ProductSql;
import dev.ghost.dialect.innodb.sql.Sql;
import dev.ghost.request.ServerAddress;
import dev.ghost.request.TableName;
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
