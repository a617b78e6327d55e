package dev.ghost.internal.dialect;

import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** An order in which the source can be read in ranges. */
public interface ChunkBoundaries {

  /**
   * Where a range can be cut so that its first part has about so many rows.
   *
   * @return a cut within the range; empty when the range has fewer rows
   */
  Optional<RowKey> boundary(Connection connection, KeyRange within, long rows) throws SQLException;
}
