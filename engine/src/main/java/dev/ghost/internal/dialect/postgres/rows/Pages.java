package dev.ghost.internal.dialect.postgres.rows;

import dev.ghost.internal.dialect.common.Fragment;
import dev.ghost.internal.dialect.postgres.rows.PostgresKeySql.Side;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * Chunks as ranges of the source's pages. For keys that are in no physical order: reading such a
 * table by key visits its pages in random order, again and again. The ends of a range are page
 * numbers, as keys of one part; the last range is open, so pages that are added meanwhile are in
 * it.
 *
 * @param oid of the source
 * @param file number of the file that the pages are in; a rewrite moves rows to another one
 * @param rowsPerPage by the server's estimate, at least 1
 */
public record Pages(long oid, long file, long rowsPerPage) {

  /** The file that a table is in now. */
  public static long file(Connection c, long oid) throws SQLException {
    return Long.parseLong(Sql.string(c, "SELECT pg_relation_filenode(?)", oid));
  }

  Optional<RowKey> boundary(Connection c, KeyRange within, long rows) throws SQLException {
    long pages =
        Long.parseLong(
            Sql.string(
                c,
                "SELECT pg_relation_size(?::oid) / current_setting('block_size')::bigint",
                Long.toString(oid)));
    long last = within.upTo() == null ? pages - 1 : page(within.upTo());
    long cut =
        (within.after() == null ? -1 : page(within.after())) + Math.max(1, rows / rowsPerPage);
    return cut < last ? Optional.of(RowKey.of(cut)) : Optional.empty();
  }

  /** The rows of a table that are in pages of these numbers. */
  Fragment where(Side side, KeyRange range) {
    String from =
        "%sctid >= '(%d,0)'"
            .formatted(side.alias, range.after() == null ? 0 : page(range.after()) + 1);
    return Fragment.plain(
        range.upTo() == null
            ? from
            : from + " AND %sctid < '(%d,0)'".formatted(side.alias, page(range.upTo()) + 1));
  }

  private static long page(RowKey key) {
    return (Long) key.part(0);
  }
}
