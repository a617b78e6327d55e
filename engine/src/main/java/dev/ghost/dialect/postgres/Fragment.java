package dev.ghost.dialect.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A piece of SQL with the values of its parameters. */
record Fragment(String sql, List<Object> values) {

  /** All values of one column of a list of keys. */
  record Values(String type, List<?> elements) {}

  static Fragment plain(String sql) {
    return new Fragment(sql, List.of());
  }

  /** Puts other fragments in place of the {@code %s} of a text. */
  static Fragment of(String text, Fragment... parts) {
    List<Object> values = new ArrayList<>();
    Object[] sqls = new Object[parts.length];
    for (int i = 0; i < parts.length; i++) {
      sqls[i] = parts[i].sql;
      values.addAll(parts[i].values);
    }
    return new Fragment(text.formatted(sqls), values);
  }

  PreparedStatement prepare(Connection c) throws SQLException {
    PreparedStatement statement = c.prepareStatement(sql);
    int i = 1;
    for (Object value : values) {
      if (value instanceof Long number) {
        statement.setLong(i++, number);
      } else if (value instanceof Values list) {
        statement.setArray(i++, c.createArrayOf(list.type, list.elements.toArray()));
      } else {
        statement.setString(i++, (String) value);
      }
    }
    return statement;
  }
}
