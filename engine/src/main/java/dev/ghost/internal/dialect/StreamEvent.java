package dev.ghost.internal.dialect;

import dev.ghost.internal.key.Cascade;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import java.util.List;

/** What a record of the change stream says. */
public sealed interface StreamEvent {

  /**
   * Rows of the source were inserted, updated or deleted.
   *
   * @param keys of these rows; an update that moves the key names two
   * @param cascades of which follow what rows they were: the server has changed them, and logs
   *     nothing of that
   * @param transaction the server's number of the transaction, where the fence needs it; else 0
   * @param prepared true when the transaction is only prepared: it may be committed later, without
   *     another event, or rolled back; until then it holds the locks of its rows
   */
  record Changed(List<RowKey> keys, List<Cascade> cascades, long transaction, boolean prepared)
      implements StreamEvent {}

  /** One of ghost's markers came back. */
  record Marked(int slot, long sequence) implements StreamEvent {}

  /**
   * A table was altered, truncated or dropped by somebody else: the source, or one it refers to.
   */
  record Altered(TableName table, String statement) implements StreamEvent {}

  /** Nothing that concerns us. */
  record Other() implements StreamEvent {}
}
