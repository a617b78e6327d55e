package dev.ghost.internal.dialect.postgres.schema;

import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * What ALTER DEFAULT PRIVILEGES gives to every new table and sequence of this user. The source may
 * be older than that, and what has been granted cannot be made "nothing was ever granted" again: so
 * it is put aside, for a moment in our own transaction, and nobody else sees that.
 */
final class DefaultPrivileges {

  private DefaultPrivileges() {}

  /** Runs statements as if there were none. Those of a schema stay: ours has none. */
  static void without(Connection c, Collection<String> statements) throws SQLException {
    if (Sql.strings(c, LIFT).isEmpty()) {
      Sql.execute(c, statements);
      return;
    }
    // Two that put them aside at the same time would fail.
    Sql.strings(
        c, "SELECT pg_advisory_xact_lock(hashtextextended('ghost: default privileges', 0))::text");
    List<String> restored = Sql.strings(c, RESTORE);
    Sql.execute(c, Sql.strings(c, LIFT));
    Sql.execute(c, statements);
    Sql.execute(c, restored);
  }

  private static final String WITH_DEFAULTS =
      """
      WITH defaults AS (
        SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' ELSE 'SEQUENCES' END AS kind, d.defaclacl, r.rolname
          FROM pg_default_acl AS d JOIN pg_roles AS r ON r.oid = d.defaclrole
         WHERE r.rolname = current_user AND d.defaclnamespace = 0 AND d.defaclobjtype IN ('r', 'S'))
      """;

  /** What is as the server has it by itself is no default any more. */
  private static final String LIFT =
      WITH_DEFAULTS
          + """
          SELECT statement FROM (
            SELECT 1 AS step, kind,
                   format('ALTER DEFAULT PRIVILEGES REVOKE ALL ON %s FROM %s', kind,
                          string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, ', ')) AS statement
              FROM defaults CROSS JOIN LATERAL aclexplode(defaclacl) AS a
             GROUP BY kind
             UNION ALL
            SELECT 2, kind, format('ALTER DEFAULT PRIVILEGES GRANT ALL ON %s TO %I', kind, rolname) FROM defaults
          ) AS g
           ORDER BY step
          """;

  private static final String RESTORE =
      WITH_DEFAULTS
          + """
          SELECT statement FROM (
            SELECT 0 AS number, format('ALTER DEFAULT PRIVILEGES REVOKE ALL ON %s FROM %I', kind, rolname) AS statement
              FROM defaults
             UNION ALL
            SELECT a.number,
                   format('ALTER DEFAULT PRIVILEGES GRANT %s ON %s TO %s%s', a.privilege_type, kind,
                          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
                          CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
              FROM defaults
             CROSS JOIN LATERAL aclexplode(defaclacl) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, number)
          ) AS g
           ORDER BY number
          """;
}
