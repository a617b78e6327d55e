package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.DirectChange;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Retirement;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
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
final class Inspector {

  static final int NAME_LIMIT = 64;

  private final Product product;
  private final Connection c;
  private final AlterRequest request;
  private final ServerAddress address;

  private static final String TABLE =
      """
      SELECT table_schema, table_name, table_type, engine
        FROM information_schema.tables
       WHERE table_schema = ? AND table_name = ?
      """;

  Inspector(Product product, Connection c, AlterRequest request, ServerAddress address) {
    this.product = product;
    this.c = c;
    this.request = request;
    this.address = address;
  }

  Draft inspect() throws SQLException {
    ServerFacts facts = ServerFacts.read(c);
    AlterStatement change = parsed();
    change.refuseImpossible();
    refuseServer(facts);
    refuseStatements();
    TableName source = refuseSource();
    Set<TableName> companions = companions();
    Attachments attachments = attachments(source, companions);
    change.refuseForeignKeys(attachments.own());
    TableDefinition definition = TableDefinition.read(product, c, source);
    Size size = size(source);
    DiskSpace.refuseTooLittle(c, source, size.bytes);
    return new InnodbDraft(
        product,
        facts,
        address,
        TableNames.of(source, NAME_LIMIT),
        definition,
        request,
        change,
        Optional.empty(),
        attachments,
        companions,
        size.rows,
        size.bytes);
  }

  /** What hangs on the source, where it can follow, and this user has what that takes. */
  private Attachments attachments(TableName source, Set<TableName> companions) throws SQLException {
    Grants grants = Grants.read(product, c);
    refuseMissing(grants.missing(source.schema()));
    Attachments attachments = Attachments.read(c, source).without(companions);
    attachments.refuse(product, companions);
    refuseMissing(attachments.missing(product, grants, source));
    return attachments;
  }

  /** The table as the source, and the retired one as its ghost. */
  Draft inspectBack() throws SQLException {
    ServerFacts facts = ServerFacts.read(c);
    refuseServer(facts);
    refuseStatements();
    TableName source = refuseSource();
    Attachments attachments = attachments(source, Set.of());
    TableNames names = TableNames.back(source, NAME_LIMIT);
    Optional<Retirement> retirement = retirement(new InnodbRemains(source), names.ghost());
    if (retirement.isEmpty()) {
      throw new RefusedException(
          "%s has no retired table: there is no %s that a cutover of ghost has left."
              .formatted(source, names.ghost()),
          "Only what was changed by a ghost, and is not dropped yet, can be swapped back.");
    }
    Size size = size(source);
    return new InnodbDraft(
        product,
        facts,
        address,
        names,
        TableDefinition.read(product, c, source),
        request,
        AlterStatement.parse(
            product, "ALTER TABLE %s FORCE".formatted(Sql.quote(source)), source.schema()),
        retirement,
        attachments,
        Set.of(),
        size.rows,
        size.bytes);
  }

  /** A revert that was killed may have left it in the journal only. */
  private Optional<Retirement> retirement(InnodbRemains remains, TableName retired)
      throws SQLException {
    Optional<Retirement> noted =
        remains.journal().exists(c) ? remains.notedRetirement(c) : Optional.empty();
    return noted.isPresent() ? noted : Control.comment(c, retired).flatMap(Retirement::of);
  }

  /** How the server could do it by itself. */
  Optional<DirectChange> direct() throws SQLException {
    AlterStatement change = parsed();
    if (change.renamesTable()) {
      return Optional.empty();
    }
    TableName source = refuseSource();
    return new DirectProbe(
            product, c, request, change, TableDefinition.read(product, c, source), size(source))
        .probe();
  }

  private AlterStatement parsed() {
    return AlterStatement.parse(
        product,
        "ALTER TABLE %s %s".formatted(Sql.quote(request.table()), request.change()),
        request.table().schema());
  }

  private void refuseServer(ServerFacts facts) {
    Product.Oldest oldest = product.oldest();
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
    ServerFacts.checkPacket(Long.parseLong(facts.get("max_allowed_packet", "0")));
  }

  private void refuseStatements() throws SQLException {
    List<String> sessions = product.sessionsThatLogStatements(c);
    if (!sessions.isEmpty()) {
      throw new RefusedException(
          "There are sessions that log their changes as statements, which do not say which rows"
              + " they change:\n"
              + "  "
              + String.join("\n  ", sessions),
          "Let them reconnect, or end them with KILL and their number.");
    }
  }

  /** Those that there are, in the server's own letter case. */
  private Set<TableName> companions() throws SQLException {
    Set<TableName> found = new HashSet<>();
    for (TableName companion : request.companions()) {
      try (PreparedStatement statement = TableDefinition.prepared(c, TABLE, companion);
          ResultSet rs = statement.executeQuery()) {
        if (rs.next()) {
          found.add(new TableName(rs.getString(1), rs.getString(2)));
        }
      }
    }
    return found;
  }

  /** The source in the server's own letter case. */
  private TableName refuseSource() throws SQLException {
    try (PreparedStatement statement = TableDefinition.prepared(c, TABLE, request.table());
        ResultSet rs = statement.executeQuery()) {
      if (!rs.next()) {
        throw new RefusedException(
            "There is no table %s, or this user may not see it.".formatted(request.table()),
            "Check the name and the schema in the URL.");
      }
      TableName source = new TableName(rs.getString(1), rs.getString(2));
      if (rs.getString(3).equals("SYSTEM VERSIONED")) {
        throw new RefusedException(
            "%s is system versioned: a copy would not hold its history.".formatted(source),
            "Give the history up with ALTER TABLE %s DROP SYSTEM VERSIONING; or alter the table directly."
                .formatted(Sql.quote(source)));
      }
      if (!rs.getString(3).equals("BASE TABLE")) {
        throw new RefusedException(
            "%s is a %s, not a table.".formatted(source, Column.lower(rs.getString(3))),
            "Only tables are altered online; change its definition directly.");
      }
      if (!"InnoDB".equalsIgnoreCase(rs.getString(4))) {
        throw new RefusedException(
            "%s is stored by %s, which has no transactions.".formatted(source, rs.getString(4)),
            "Only InnoDB tables can be altered online: ALTER TABLE %s ENGINE=InnoDB; blocks writers, once."
                .formatted(Sql.quote(source)));
      }
      return source;
    }
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
    try (PreparedStatement statement = TableDefinition.prepared(c, sql, source);
        ResultSet rs = statement.executeQuery()) {
      rs.next();
      return new Size(rs.getLong(1), rs.getLong(2));
    }
  }
}
