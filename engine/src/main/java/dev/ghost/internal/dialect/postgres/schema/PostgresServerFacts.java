package dev.ghost.internal.dialect.postgres.schema;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/**
 * The server's settings, as far as a migration depends on them.
 *
 * @param number as in {@code server_version_num}: 170002
 * @param settings those of sessions that set none
 */
public record PostgresServerFacts(
    String version,
    int number,
    String walLevel,
    PostgresUserSettings settings,
    String user,
    boolean superuser,
    boolean mayReplicate,
    long freeSlots,
    long freeSenders,
    String maxSlotWalKeepSize) {

  public static PostgresServerFacts read(Connection c) throws SQLException {
    String sql =
        """
        SELECT current_setting('server_version'), current_setting('server_version_num')::int,
               current_setting('wal_level'),
               r.rolname, r.rolsuper,
               r.rolsuper OR r.rolreplication
                 OR EXISTS (SELECT 1 FROM pg_roles AS g
                             WHERE g.rolname IN ('rds_replication', 'azure_pg_admin', 'cloudsqlsuperuser')
                               AND pg_has_role(g.oid, 'USAGE')),
               current_setting('max_replication_slots')::bigint - (SELECT count(*) FROM pg_replication_slots),
               current_setting('max_wal_senders')::bigint
                 - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'),
               current_setting('max_slot_wal_keep_size')
          FROM pg_roles AS r
         WHERE r.rolname = current_user
        """;
    PostgresUserSettings settings = PostgresUserSettings.read(c);
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery(sql)) {
      rs.next();
      return new PostgresServerFacts(
          rs.getString(1),
          rs.getInt(2),
          rs.getString(3),
          settings,
          rs.getString(4),
          rs.getBoolean(5),
          rs.getBoolean(6),
          rs.getLong(7),
          rs.getLong(8),
          rs.getString(9));
    }
  }

  public boolean atLeast(int major) {
    return number >= major * 10_000;
  }
}
