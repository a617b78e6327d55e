package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.Effect;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.Journal.EntryKind;
import dev.ghost.internal.dialect.innodb.schema.AlterStatement;
import dev.ghost.internal.dialect.innodb.schema.CheckNames;
import dev.ghost.internal.dialect.innodb.schema.ForeignKey;
import dev.ghost.internal.dialect.innodb.schema.InnodbEffects;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.schema.TableParts;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.server.InnodbControlTable;
import dev.ghost.internal.dialect.innodb.server.InnodbUserSettings;
import dev.ghost.internal.dialect.innodb.sql.InnodbErrors;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Tries a change on an empty table under the ghost's name, first instantly, then in place, and
 * drops that table again.
 */
final class InnodbDirectProbe {

  private static final String INSTANT = "ALGORITHM=INSTANT";
  private static final String IN_PLACE = "ALGORITHM=INPLACE, LOCK=NONE";

  /** ER_DUP_FIELDNAME, ER_DUP_KEYNAME, ER_CHECK_CONSTRAINT_DUP_NAME. */
  private static final Set<Integer> ALREADY = Set.of(1060, 1061, 3822);

  private final Product product;
  private final Connection c;
  private final AlterRequest request;
  private final AlterStatement change;
  private final TableNames names;
  private final InnodbTableDefinition source;
  private final TableParts parts;
  private final InnodbInspector.Size size;

  /**
   * @param change as the server gets it
   * @param parts of the source
   */
  InnodbDirectProbe(
      Product product,
      Connection c,
      AlterRequest request,
      AlterStatement change,
      TableNames names,
      InnodbTableDefinition source,
      TableParts parts,
      InnodbInspector.Size size) {
    this.product = product;
    this.c = c;
    this.request = request;
    this.change = change;
    this.names = names;
    this.source = source;
    this.parts = parts;
    this.size = size;
  }

  /**
   * Tries it.
   *
   * @param cheapest as in {@link dev.ghost.internal.dialect.Dialect#direct}
   */
  Optional<DirectChange> probe(Way cheapest) throws SQLException {
    InnodbArtifacts artifacts = new InnodbArtifacts(names.source());
    InnodbControlTable control = new InnodbControlTable(names.control());
    dropWhatAKilledProbeLeft(artifacts, control);
    if (change.namesAlgorithm() || Sql.exists(c, names.control()) || Sql.exists(c, names.ghost())) {
      return Optional.empty();
    }
    change.refuseMissing(parts);
    if (change.change().isEmpty()) {
      return Optional.of(direct(Way.NOTHING, "", source));
    }
    List<ForeignKey> keys = InnodbAttachments.read(c, names.source()).own();
    if (change.onlyDrops(keys).isPresent()) {
      // An empty table of the same definition would not have it.
      return cheapest != Way.METADATA
          ? Optional.empty()
          : Optional.of(direct(Way.METADATA, alter(names.source(), IN_PLACE), source));
    }
    Optional<List<ForeignKey>> added = change.onlyAddsForeignKeys(names.source());
    if (added.isPresent()) {
      return Optional.of(NewForeignKeys.of(product, c, source, added.get(), request.text(), size));
    }
    control.create(c);
    control.write(c, EntryKind.SOURCE, names.source().table());
    try {
      Optional<DirectChange> found =
          cheapest == Way.METADATA ? attempt(INSTANT, Way.METADATA) : Optional.empty();
      return found.isPresent() || !isSafeInPlace() ? found : attempt(IN_PLACE, Way.IN_PLACE);
    } finally {
      artifacts.clean(c);
    }
  }

  private boolean isSafeInPlace() {
    return product.indexesColumnsThatReuseNames() || !change.reusesNames();
  }

  /** A probe notes no request; a run does so before it makes its ghost. The run lock is held. */
  private void dropWhatAKilledProbeLeft(InnodbArtifacts artifacts, InnodbControlTable control)
      throws SQLException {
    if (control.exists(c) && control.read(c, EntryKind.REQUEST).isEmpty()) {
      artifacts.clean(c);
    }
  }

  private Optional<DirectChange> attempt(String how, Way way) throws SQLException {
    InnodbTableDefinition before = fresh();
    try {
      String alter = alterGhost(how + ", ", before);
      InnodbUserSettings.during(c, () -> Sql.execute(c, alter));
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) == ErrorClass.CONNECTION_LOST) {
        throw e;
      }
      if (InnodbErrors.classOf(e) == ErrorClass.SYNTAX) {
        refuseSyntax(before);
      }
      // What is wrong with the change otherwise is said when a ghost is to be built.
      return ALREADY.contains(e.getErrorCode()) && isSoAlready()
          ? Optional.of(direct(Way.NOTHING, "", source))
          : Optional.empty();
    }
    InnodbTableDefinition after = ghost();
    boolean same = change.definesOnly() && lines(before).equals(lines(after));
    return Optional.of(direct(same ? Way.NOTHING : way, alter(names.source(), how), after));
  }

  private String alter(TableName table, String how) {
    return "ALTER TABLE %s %s, %s".formatted(Sql.quote(table), how, change.change());
  }

  /** The same of the empty table, whose checks can have other names. */
  private String alterGhost(String how, InnodbTableDefinition fresh) {
    return "ALTER TABLE %s %s%s"
        .formatted(
            Sql.quote(names.ghost()),
            how,
            change.changeOf(CheckNames.of(source.ddl(), fresh.ddl())));
  }

  /** What the server cannot parse may be our own words before the change, so it is tried alone. */
  private void refuseSyntax(InnodbTableDefinition fresh) throws SQLException {
    String changed = change.changeOf(CheckNames.of(source.ddl(), fresh.ddl()));
    new Alteration(names.ghost(), change, changed).parse(product, c);
  }

  private InnodbTableDefinition fresh() throws SQLException {
    Sql.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(names.ghost()));
    Sql.execute(
        c,
        "CREATE TABLE %s LIKE %s".formatted(Sql.quote(names.ghost()), Sql.quote(names.source())));
    return ghost();
  }

  private InnodbTableDefinition ghost() throws SQLException {
    return InnodbTableDefinition.read(product, c, names.ghost());
  }

  /** True when all that it adds is there, and is just so when it is dropped and added again. */
  private boolean isSoAlready() throws SQLException {
    Optional<List<String>> undo = change.dropsOfWhatItAdds();
    if (undo.isEmpty()) {
      return false;
    }
    Set<String> wanted = lines(fresh());
    try {
      InnodbUserSettings.during(c, () -> dropAndAddAgain(undo.get()));
    } catch (SQLException e) {
      if (InnodbErrors.classOf(e) == ErrorClass.CONNECTION_LOST) {
        throw e;
      }
      // Only a part of it is there: the server's word on that is for the user.
      return false;
    }
    return wanted.equals(lines(ghost()));
  }

  private void dropAndAddAgain(List<String> drops) throws SQLException {
    String alter = "ALTER TABLE %s ".formatted(Sql.quote(names.ghost()));
    for (String drop : drops) {
      Sql.execute(c, alter + drop);
    }
    Sql.execute(c, alter + change.change());
  }

  /** The definition, whatever the order of columns and keys in it. */
  private static Set<String> lines(InnodbTableDefinition table) {
    TableName name = table.name();
    return InnodbTableDefinition.anonymous(InnodbTableDefinition.withoutCounter(table.ddl()), name)
        .lines()
        .map(l -> l.strip().replaceFirst(",$", ""))
        .collect(Collectors.toSet());
  }

  private DirectChange direct(Way way, String statement, InnodbTableDefinition after)
      throws SQLException {
    List<String> warnings = new ArrayList<>();
    if (way == Way.IN_PLACE) {
      warnings.add(
          "The server works through the table itself, which no throttle can hold; a replica runs"
              + " the statement after it, and lags for as long. --strategy ghost avoids both.");
    }
    List<Effect> effects =
        way == Way.NOTHING
            ? List.of()
            : InnodbEffects.of(a -> change.originIn(source, a), source, after);
    return new InnodbDirect(
        product,
        names,
        InnodbDirect.facts(product, c, names.source(), request.text(), size)
            .byServer(
                way, statement.isEmpty() ? List.of() : List.of(statement), effects, warnings));
  }
}
