package dev.ghost.internal.dialect.postgres.server;

import dev.ghost.api.RefusedException;
import dev.ghost.internal.dialect.postgres.sql.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * Those who are sent what is written to every table of the database. A subscriber stops at the
 * first row of a table that he does not have, and the server keeps its log for him from then on; so
 * he does at the ghost's rows, and at those of our journal.
 */
public final class Subscribers {

  private Subscribers() {}

  /** The publications of all tables. */
  public static List<String> publications(Connection c) throws SQLException {
    return Sql.strings(c, "SELECT pubname FROM pg_publication WHERE puballtables ORDER BY 1");
  }

  /**
   * Refuses where such a publication may be read. Which publications a slot is for, only its reader
   * knows.
   *
   * @param accepted publications whose readers pass over tables that they do not know
   */
  public static void refuse(Connection c, Collection<String> accepted) throws SQLException {
    List<String> publications =
        publications(c).stream().filter(name -> !accepted.contains(name)).toList();
    List<String> slots = publications.isEmpty() ? List.of() : slots(c);
    if (!slots.isEmpty()) {
      throw new RefusedException(
          "The publication %s is FOR ALL TABLES, and may be read by the replication slot %s: a subscriber would get rows of the ghost and of ghost's journal, tables that he does not have, and stop there."
              .formatted(String.join(", ", publications), String.join(", ", slots)),
          "Have the subscriber read one of certain tables or schemas: CREATE PUBLICATION ... FOR TABLES IN SCHEMA ...; and there, ALTER SUBSCRIPTION ... SET PUBLICATION ...; Or add --accept-publication %s, if anyone who reads it passes over tables that he does not know, as Debezium does."
              .formatted(publications.get(0)));
    }
  }

  /** Slots of others through which a publication can be read. */
  private static List<String> slots(Connection c) throws SQLException {
    return Sql.strings(
        c,
        """
        SELECT slot_name FROM pg_replication_slots
         WHERE slot_type = 'logical' AND plugin = 'pgoutput' AND database = current_database()
           AND slot_name NOT LIKE 'ghost\\_%'
         ORDER BY 1
        """);
  }
}
