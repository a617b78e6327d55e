package dev.ghost.internal.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.api.ServerAddress;
import dev.ghost.api.UsageException;
import dev.ghost.api.Way;
import dev.ghost.internal.dialect.DirectChange;
import dev.ghost.internal.dialect.Inspection;
import dev.ghost.internal.dialect.innodb.schema.AlterStatement;
import dev.ghost.internal.dialect.innodb.schema.DerivedName;
import dev.ghost.internal.dialect.innodb.schema.InnodbColumn;
import dev.ghost.internal.dialect.innodb.schema.InnodbTableDefinition;
import dev.ghost.internal.dialect.innodb.schema.TableKind;
import dev.ghost.internal.dialect.innodb.schema.TableParts;
import dev.ghost.internal.dialect.innodb.server.DiskSpace;
import dev.ghost.internal.dialect.innodb.server.Grants;
import dev.ghost.internal.dialect.innodb.server.InnodbAttachments;
import dev.ghost.internal.dialect.innodb.sql.InnodbServerFacts;
import dev.ghost.internal.dialect.innodb.sql.ProductSql;
import dev.ghost.internal.dialect.innodb.sql.Sql;
import dev.ghost.internal.request.AlterRequest;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Looks at the server and the source, and refuses what cannot be done. Writes nothing. */
final class InnodbInspector {

  private final Product product;
  private final Connection c;
  private final AlterRequest request;
  private final ServerAddress address;

  InnodbInspector(Product product, Connection c, AlterRequest request, ServerAddress address) {
    this.product = product;
    this.c = c;
    this.request = request;
    this.address = address;
  }

  Inspection inspect() throws SQLException {
    InnodbServerFacts facts = InnodbServerFacts.read(c);
    AlterStatement change = parsed();
    change.refuseImpossible();
    refuseServer(facts);
    refuseSessions();
    TableName source = refuseSource();
    Set<TableName> companions = companions();
    InnodbAttachments attachments = attachments(source, companions);
    change.refuseForeignKeys(attachments.own());
    InnodbTableDefinition definition = InnodbTableDefinition.read(product, c, source);
    TableNames names = names(source, request.retired());
    DerivedName.refuseTooLong(definition, attachments.own(), names.retired());
    Size size = size(source);
    DiskSpace.refuseTooLittle(c, source, size.bytes);
    return new InnodbInspection(
        product,
        facts,
        address,
        names,
        definition,
        request,
        change.forServer(product, TableParts.read(c, definition)),
        Optional.empty(),
        attachments,
        companions,
        size.rows,
        size.bytes);
  }

  /** What depends on the source, where it can follow, and this user has what that takes. */
  private InnodbAttachments attachments(TableName source, Set<TableName> companions)
      throws SQLException {
    Grants grants = Grants.read(product, c);
    refuseMissing(grants.missing(source.schema()));
    InnodbAttachments attachments = InnodbAttachments.read(c, source).without(companions);
    attachments.refuse(product, companions);
    refuseMissing(attachments.missing(product, grants, source));
    return attachments;
  }

  /** The table as the source, and the retired one as its ghost. */
  Inspection inspectBack() throws SQLException {
    InnodbServerFacts facts = InnodbServerFacts.read(c);
    refuseServer(facts);
    refuseSessions();
    TableName source = refuseSource();
    InnodbAttachments attachments = attachments(source, Set.of());
    InnodbArtifacts.Former former =
        new InnodbArtifacts(source)
            .former(c)
            .orElseThrow(
                () ->
                    new RefusedException(
                        "%s has no retired table: there is none that a cutover of ghost has left."
                            .formatted(source),
                        "Only what was changed by a ghost, and is not dropped yet, can be swapped"
                            + " back."));
    TableNames names =
        TableNames.of(source, Sql.TABLE_NAME_LIMIT)
            .retiring(former.name())
            .back(Sql.TABLE_NAME_LIMIT);
    Size size = size(source);
    return new InnodbInspection(
        product,
        facts,
        address,
        names,
        InnodbTableDefinition.read(product, c, source),
        request,
        AlterStatement.parse("ALTER TABLE %s FORCE".formatted(Sql.quote(source)), source.schema()),
        Optional.of(former.retirement()),
        attachments,
        Set.of(),
        size.rows,
        size.bytes);
  }

  /**
   * The names of a run.
   *
   * @param retired the name of the retired table, where one was chosen
   * @throws UsageException if that cannot be
   */
  private TableNames names(TableName source, Optional<String> retired) {
    TableNames usual = TableNames.of(source, Sql.TABLE_NAME_LIMIT);
    if (retired.isEmpty()) {
      return usual;
    }
    String name = retired.get();
    TableNames names =
        usual.retiring(
            name, name.length(), Sql.NAME_LIMIT, usual.back(Sql.TABLE_NAME_LIMIT).retired());
    if (name.codePoints().anyMatch(Character::isSupplementaryCodePoint)) {
      throw new UsageException(
          "The name '%s' has characters that %s has in no name.".formatted(name, product.name()),
          "Give another name with --retired-table.");
    }
    if (!product.renamesLocked() && !names.sorted()) {
      throw new UsageException(
          "On %s, the name of the retired table must sort behind %s, and '%s' does not: the server takes its locks in the order of the names."
              .formatted(product.name(), source.table(), name),
          "Give a name that begins with the table's own, such as %s_before."
              .formatted(source.table()));
    }
    return names;
  }

  /** How the server could do it by itself. */
  Optional<DirectChange> direct(Way cheapest) throws SQLException {
    AlterStatement change = parsed();
    if (change.renamesTable()) {
      return Optional.empty();
    }
    TableName source = refuseSource();
    InnodbTableDefinition definition = InnodbTableDefinition.read(product, c, source);
    TableParts parts = TableParts.read(c, definition);
    return new InnodbDirectProbe(
            product,
            c,
            request,
            change.forServer(product, parts),
            names(source, request.retired()),
            definition,
            parts,
            size(source))
        .probe(cheapest);
  }

  /** The change as it is read here, after the server has parsed it. */
  private AlterStatement parsed() throws SQLException {
    AlterStatement change = read();
    refuseUnparsed(change);
    return change;
  }

  private AlterStatement read() {
    return AlterStatement.parse(
        "ALTER TABLE %s %s".formatted(Sql.quote(request.table()), request.change()),
        request.table().schema());
  }

  /**
   * Has the server parse the change.
   *
   * @throws UsageException if it cannot
   */
  void refuseUnparsed() throws SQLException {
    refuseUnparsed(read());
  }

  private void refuseUnparsed(AlterStatement change) throws SQLException {
    new Alteration(request.table(), change, change.unconditional(product)).parse(product, c);
  }

  private void refuseServer(InnodbServerFacts facts) {
    ProductSql.Oldest oldest = product.oldest();
    if (!facts.atLeast(oldest.major(), oldest.minor(), oldest.patch())) {
      throw new RefusedException(
          "This is %s %s; ghost needs %d.%d.%d or newer, which %s."
              .formatted(
                  product.name(),
                  facts.version(),
                  oldest.major(),
                  oldest.minor(),
                  oldest.patch(),
                  oldest.reason()),
          "Upgrade the server.");
    }
    for (Map.Entry<String, String> needed : new TreeMap<>(product.neededSettings()).entrySet()) {
      String found = facts.get(needed.getKey(), needed.getValue());
      boolean on = found.equals("1") && needed.getValue().equals("ON");
      if (!found.equals(needed.getValue()) && !on) {
        throw new RefusedException(
            "%s is %s; the change stream needs %s."
                .formatted(needed.getKey(), found, needed.getValue()),
            needed.getKey().equals("log_bin")
                ? "Start the server with --log-bin."
                : "SET GLOBAL %s = '%s'; and let sessions that are connected already reconnect."
                    .formatted(needed.getKey(), needed.getValue()));
      }
    }
    InnodbServerFacts.checkPacket(Long.parseLong(facts.get("max_allowed_packet", "0")));
  }

  private void refuseSessions() throws SQLException {
    List<String> sessions = product.sessionsThatLogLess(c);
    if (!sessions.isEmpty()) {
      throw new RefusedException(
          "There are sessions that do not log their changes as whole rows:\n  "
              + String.join("\n  ", sessions),
          "Let them reconnect, or end them with KILL and their number.");
    }
  }

  /** Those that there are, in the server's own letter case. */
  private Set<TableName> companions() throws SQLException {
    Set<TableName> found = new HashSet<>();
    for (TableName companion : request.companions()) {
      TableKind.read(c, companion).map(TableKind::name).ifPresent(found::add);
    }
    return found;
  }

  /** The source in the server's own letter case. */
  private TableName refuseSource() throws SQLException {
    TableKind kind =
        TableKind.read(c, request.table())
            .orElseThrow(
                () ->
                    new RefusedException(
                        "There is no table %s, or this user may not see it."
                            .formatted(request.table()),
                        "Check the name and the schema in the URL."));
    TableName source = kind.name();
    if (kind.versioned()) {
      throw new RefusedException(
          "%s is system versioned: a copy would not hold its history.".formatted(source),
          "Give the history up with ALTER TABLE %s DROP SYSTEM VERSIONING; or alter the table directly."
              .formatted(Sql.quote(source)));
    }
    if (!kind.plain()) {
      throw new RefusedException(
          "%s is a %s, not a table.".formatted(source, InnodbColumn.lower(kind.type())),
          "Only tables are altered online; change its definition directly.");
    }
    if (!kind.transactional()) {
      throw new RefusedException(
          "%s is stored by %s, which has no transactions.".formatted(source, kind.engine()),
          "Only InnoDB tables can be altered online: ALTER TABLE %s ENGINE=InnoDB; blocks writers, once."
              .formatted(Sql.quote(source)));
    }
    return source;
  }

  /** By the statements that grant it. */
  private static void refuseMissing(List<String> missing) {
    if (!missing.isEmpty()) {
      throw new RefusedException(
          "Privileges are missing.", "Run as an administrator:\n  " + String.join("\n  ", missing));
    }
  }

  /** What the server thinks of the source's size. */
  record Size(long rows, long bytes) {}

  private Size size(TableName source) throws SQLException {
    String sql =
        """
        SELECT COALESCE(table_rows, 0), COALESCE(data_length, 0) + COALESCE(index_length, 0)
          FROM information_schema.tables
         WHERE table_schema = ? AND table_name = ?
        """;
    try (PreparedStatement statement = Sql.prepared(c, sql, source);
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      return new Size(rs.getLong(1), rs.getLong(2));
    }
  }
}
