package dev.ghost.internal.dialect.postgres;

import dev.ghost.internal.dialect.StreamSpec;
import dev.ghost.internal.dialect.Swap;
import dev.ghost.internal.dialect.TableGroup;
import java.util.List;

/**
 * PostgreSQL tables that follow one replication slot and are swapped at the same moment. Foreign
 * keys between them follow by name, whatever the types of their columns: none is refused.
 */
record PostgresGroup(List<PostgresMigration> planned) implements TableGroup {

  @Override
  public StreamSpec stream() {
    return new PostgresStream(planned);
  }

  @Override
  public Swap swap() {
    return new PostgresSwap(planned);
  }
}
