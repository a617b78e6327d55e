package dev.ghost.internal.dialect.innodb;

import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.innodb.schema.CheckNames;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.TableName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The tables of a {@link InnodbSampleComparison}. They are temporary where they can be: nobody else
 * meets them, nothing of them is logged, and they go with the session. Partitions and FULLTEXT keys
 * take real ones, which are noted in the journal before they are made.
 *
 * @param sample rows as the source has them
 * @param server the same, which the server alters
 * @param ghost what ghost makes of them
 * @param made those that are there; only these are dropped
 */
record SampleTables(
    TableName source,
    TableName sample,
    TableName server,
    TableName ghost,
    boolean areTemporary,
    Set<TableName> made) {

  /** The name of a check in place of the user's. */
  private static final String CHECK = "check %d of a sample of ghost";

  static SampleTables temporary(InnodbInspection inspection) {
    TableName source = inspection.names().source();
    return new SampleTables(
        source,
        source.sibling("sample of ghost"),
        source.sibling("sample altered by the server"),
        source.sibling("sample altered by ghost"),
        true,
        new LinkedHashSet<>());
  }

  static SampleTables inSchema(InnodbInspection inspection) {
    TableName source = inspection.names().source();
    List<TableName> names = inspection.names().samples(Sql.TABLE_NAME_LIMIT);
    return new SampleTables(
        source, names.get(0), names.get(1), names.get(2), false, new LinkedHashSet<>());
  }

  /**
   * Notes that what has the names of real ones from now on is ours, for anyone who cleans up.
   *
   * @throws dev.ghost.api.RefusedException if a name is taken
   */
  void note(Connection c, InnodbControlTable journal) throws SQLException {
    for (TableName name : List.of(sample, server, ghost)) {
      InnodbInspection.refuseTaken(c, name);
    }
    journal.write(c, EntryKind.SAMPLES, "made");
    c.commit();
  }

  /** Notes that they are gone, if they are: what has the names now is somebody else's. */
  void forget(Connection c, InnodbControlTable journal) throws SQLException {
    if (made.isEmpty()) {
      journal.write(c, EntryKind.SAMPLES, "");
      c.commit();
    }
  }

  void createSample(Connection c) throws SQLException {
    create(c, sample, source);
  }

  void createServer(Connection c) throws SQLException {
    create(c, server, source);
  }

  /** An empty one with the source's definition, in place of the one that is there. */
  void makeServerAgain(Connection c) throws SQLException {
    Sql.execute(
        c, "DROP%s TABLE %s".formatted(areTemporary ? " TEMPORARY" : "", Sql.quote(server)));
    createServer(c);
  }

  /**
   * @param like the ghost of the run
   */
  void createGhost(Connection c, TableName like) throws SQLException {
    create(c, ghost, like);
  }

  private void create(Connection c, TableName name, TableName like) throws SQLException {
    Sql.execute(
        c,
        "CREATE%s TABLE %s LIKE %s"
            .formatted(areTemporary ? " TEMPORARY" : "", Sql.quote(name), Sql.quote(like)));
    made.add(name);
  }

  /** Has the server make the user's change of its table. */
  void alter(Connection c, InnodbInspection inspection) throws SQLException {
    if (!inspection.change().change().isEmpty()) {
      alteration(c, inspection).make(c);
    }
  }

  /**
   * The user's change of the server's table. MySQL has the names of checks once in a schema, and
   * the ghost's are taken: so those that the change gives are others here.
   */
  private Alteration alteration(Connection c, InnodbInspection inspection) throws SQLException {
    CheckNames names = CheckNames.of(inspection.source().ddl(), ddl(c));
    Alteration alteration =
        new Alteration(server, inspection.change(), inspection.change().changeOf(names, CHECK));
    return inspection.change().reusesNames() && !inspection.product().indexesColumnsThatReuseNames()
        ? alteration.byCopying()
        : alteration;
  }

  /** The definition of the server's table. */
  private String ddl(Connection c) throws SQLException {
    try (var statement = c.createStatement();
        ResultSet rs = statement.executeQuery("SHOW CREATE TABLE " + Sql.quote(server))) {
      rs.next();
      return rs.getString(2).replaceFirst("^CREATE TEMPORARY TABLE", "CREATE TABLE");
    }
  }

  /** The definition that the server has given its table, with the names of the change. */
  String serverDdl(Connection c, InnodbInspection inspection) throws SQLException {
    String ddl = InnodbTableDefinition.withoutCounter(ddl(c));
    List<String> names = inspection.change().namesOfChecks();
    for (int i = 0; i < names.size(); i++) {
      ddl = ddl.replace(Sql.quote(CHECK.formatted(i)), Sql.quote(names.get(i)));
    }
    return ddl;
  }

  void drop(Connection c) throws SQLException {
    if (!made.isEmpty()) {
      Sql.execute(
          c,
          "DROP%s TABLE IF EXISTS %s"
              .formatted(
                  areTemporary ? " TEMPORARY" : "",
                  made.stream().map(Sql::quote).collect(Collectors.joining(", "))));
      made.clear();
    }
  }
}
