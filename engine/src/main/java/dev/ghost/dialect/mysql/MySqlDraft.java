package dev.ghost.dialect.mysql;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.zip.CRC32;

/** An inspected migration of a MySQL table. */
record MySqlDraft(
    ServerFacts facts,
    ServerAddress address,
    TableNames names,
    TableDefinition source,
    AlterStatement change,
    long estimatedRows,
    long estimatedBytes)
    implements Draft {

  private static final int LOCK_NAME_LIMIT = 64;

  @Override
  public boolean lockRun(Connection c) throws SQLException {
    return asked(c, "SELECT GET_LOCK(?, 0)");
  }

  @Override
  public boolean holdsRunLock(Connection c) throws SQLException {
    return asked(c, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()");
  }

  private boolean asked(Connection c, String sql) throws SQLException {
    try (PreparedStatement statement = c.prepareStatement(sql)) {
      statement.setString(1, lockName());
      try (ResultSet rs = statement.executeQuery()) {
        rs.next();
        return rs.getInt(1) == 1;
      }
    }
  }

  private String lockName() {
    String name = "ghost:" + names.source();
    if (name.length() <= LOCK_NAME_LIMIT) {
      return name;
    }
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(UTF_8));
    return name.substring(0, LOCK_NAME_LIMIT - 9) + "#%08x".formatted(crc.getValue());
  }

  @Override
  public Leftovers leftovers(Connection c) throws SQLException {
    Control control = new Control(names.control());
    boolean retired = Control.exists(c, names.retired());
    boolean ghost = Control.exists(c, names.ghost());
    if (control.isOurs(c)) {
      if (ghost || !retired) {
        refuseTaken(c, names.retired());
        return Leftovers.UNFINISHED;
      }
      Control.EarlierRun earlier = control.earlierRun(c);
      if (!earlier.ghostDdl().equals(ddlAsGhost(c))) {
        refuseTaken(c, names.retired());
      }
      if (earlier.change().equals(change.request().change())) {
        return Leftovers.SWAPPED;
      }
      clean(c);
      refuseTaken(c, names.retired());
    }
    refuseTaken(c, names.control());
    refuseTaken(c, names.ghost());
    refuseTaken(c, names.retired());
    return Leftovers.NONE;
  }

  /** The definition of the table under the source's name, as it would read under the ghost's. */
  private String ddlAsGhost(Connection c) throws SQLException {
    return MySqlWorkbench.anonymous(TableDefinition.stableDdl(c, names.source()), names.source());
  }

  private static void refuseTaken(Connection c, TableName name) throws SQLException {
    if (Control.exists(c, name)) {
      throw new RefusedException(
          "The name %s is taken by a table that this run did not make.".formatted(name),
          "If nobody needs it any more: DROP TABLE %s;".formatted(Sql.quote(name)));
    }
  }

  @Override
  public void clean(Connection c) throws SQLException {
    Control control = new Control(names.control());
    if (control.isOurs(c)) {
      Control.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(names.ghost()));
      control.drop(c);
    }
  }

  @Override
  public Workbench build(Connection c) throws SQLException {
    return new Builder(this, c).build();
  }

  @Override
  public String dropRetiredSql() {
    return "DROP TABLE " + Sql.quote(names.retired()) + ";";
  }
}
