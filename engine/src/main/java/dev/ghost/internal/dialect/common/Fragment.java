package dev.ghost.internal.dialect.common;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A piece of SQL with the values of its parameters. */
public record Fragment(String sql, List<Binding> bindings) {

  /** Binds the value of one parameter. */
  @FunctionalInterface
  public interface Binding {
    void bind(PreparedStatement statement, int index) throws SQLException;
  }

  public static Fragment plain(String sql) {
    return new Fragment(sql, List.of());
  }

  /** Puts other fragments in place of the {@code %s} of a text. */
  public static Fragment of(String text, Fragment... parts) {
    List<Binding> bindings = new ArrayList<>();
    Object[] sqls = new Object[parts.length];
    for (int i = 0; i < parts.length; i++) {
      sqls[i] = parts[i].sql;
      bindings.addAll(parts[i].bindings);
    }
    return new Fragment(text.formatted(sqls), bindings);
  }

  public PreparedStatement prepare(Connection c) throws SQLException {
    PreparedStatement statement = c.prepareStatement(sql);
    for (int i = 0; i < bindings.size(); i++) {
      bindings.get(i).bind(statement, i + 1);
    }
    return statement;
  }

  /** Executes it, and returns how many rows it has changed. */
  public long update(Connection c) throws SQLException {
    try (PreparedStatement statement = prepare(c)) {
      return statement.executeLargeUpdate();
    }
  }

  /** Selects one row as texts; empty when there is none. */
  public List<String> row(Connection c) throws SQLException {
    return rows(c).stream().findFirst().orElse(List.of());
  }

  /** Selects rows as texts. */
  public List<List<String>> rows(Connection c) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    try (PreparedStatement statement = prepare(c);
        ResultSet rs = statement.executeQuery()) {
      while (rs.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= rs.getMetaData().getColumnCount(); i++) {
          row.add(rs.getString(i));
        }
        rows.add(row);
      }
    }
    return rows;
  }
}
