package dev.ghost.dialect.innodb;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A piece of SQL with the values of its parameters. */
record Fragment(String sql, List<Binding> bindings) {

  /** A value for one parameter. */
  record Binding(KeyColumn column, Object value) {}

  static Fragment plain(String sql) {
    return new Fragment(sql, List.of());
  }

  /** Puts other fragments in place of the {@code %s} of a text. */
  static Fragment of(String text, Fragment... parts) {
    List<Binding> bindings = new ArrayList<>();
    Object[] sqls = new Object[parts.length];
    for (int i = 0; i < parts.length; i++) {
      sqls[i] = parts[i].sql;
      bindings.addAll(parts[i].bindings);
    }
    return new Fragment(text.formatted(sqls), bindings);
  }

  PreparedStatement prepare(Connection c) throws SQLException {
    PreparedStatement statement = c.prepareStatement(sql);
    for (int i = 0; i < bindings.size(); i++) {
      bindings.get(i).column.bind(statement, i + 1, bindings.get(i).value);
    }
    return statement;
  }
}
