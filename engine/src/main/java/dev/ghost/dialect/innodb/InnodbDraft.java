package dev.ghost.dialect.innodb;

import dev.ghost.api.RefusedException;
import dev.ghost.dialect.Draft;
import dev.ghost.dialect.Workbench;
import dev.ghost.plan.AlterRequest;
import dev.ghost.plan.ServerAddress;
import dev.ghost.plan.TableName;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.SQLException;

/** An inspected migration of a table. */
record InnodbDraft(
    Product product,
    ServerFacts facts,
    ServerAddress address,
    TableNames names,
    TableDefinition source,
    AlterRequest request,
    AlterStatement change,
    long estimatedRows,
    long estimatedBytes)
    implements Draft {

  @Override
  public InnodbRemains remains() {
    return new InnodbRemains(names);
  }

  @Override
  public Leftovers leftovers(Connection c) throws SQLException {
    Control control = new Control(names.control());
    if (new Sentry(names.retired()).isOurs(c)) {
      return Leftovers.UNFINISHED;
    }
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
      if (earlier.change().equals(request.text())) {
        return Leftovers.SWAPPED;
      }
      remains().clean(c);
      refuseTaken(c, names.retired());
    }
    refuseTaken(c, names.control());
    refuseTaken(c, names.ghost());
    refuseTaken(c, names.retired());
    return Leftovers.NONE;
  }

  /** The definition of the table under the source's name, as it would read under the ghost's. */
  private String ddlAsGhost(Connection c) throws SQLException {
    return InnodbWorkbench.anonymous(TableDefinition.stableDdl(c, names.source()), names.source());
  }

  private static void refuseTaken(Connection c, TableName name) throws SQLException {
    if (Control.exists(c, name)) {
      throw new RefusedException(
          "The name %s is taken by a table that this run did not make.".formatted(name),
          "If nobody needs it any more: DROP TABLE %s;".formatted(Sql.quote(name)));
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
