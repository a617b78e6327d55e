package dev.ghost.dialect.innodb;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ghost.dialect.Remains;
import dev.ghost.plan.TableNames;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** The ghost, a sentry, and the control table, which is made before them and dropped after. */
record InnodbRemains(TableNames names) implements Remains {

  private static final int LOCK_NAME_LIMIT = 64;

  @Override
  public boolean lockRun(Connection c) throws SQLException {
    return asked(c, "SELECT GET_LOCK(?, 0)");
  }

  @Override
  public boolean holdsRunLock(Connection c) throws SQLException {
    return asked(c, "SELECT IS_USED_LOCK(?) = CONNECTION_ID()");
  }

  @Override
  public boolean running(Connection c) throws SQLException {
    return asked(c, "SELECT IS_USED_LOCK(?) IS NOT NULL");
  }

  @Override
  public Control journal() {
    return new Control(names.control());
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
  public List<String> found(Connection c) throws SQLException {
    List<String> found = new ArrayList<>();
    if (new Sentry(names.retired()).isOurs(c)) {
      found.add("table " + names.retired());
    }
    if (journal().exists(c)) {
      if (Control.exists(c, names.ghost())) {
        found.add("table " + names.ghost());
      }
      found.add("table " + names.control());
    }
    return found;
  }

  @Override
  public void clean(Connection c) throws SQLException {
    new Sentry(names.retired()).drop(c);
    Control control = journal();
    if (control.exists(c)) {
      Control.execute(c, "DROP TABLE IF EXISTS " + Sql.quote(names.ghost()));
      control.drop(c);
    }
  }
}
