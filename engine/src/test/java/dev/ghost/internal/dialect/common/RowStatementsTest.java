package dev.ghost.internal.dialect.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ghost.fakes.Fake;
import dev.ghost.internal.dialect.ChunkBoundaries;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.key.KeyList;
import dev.ghost.internal.key.KeyRange;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.key.RowSelection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The order of the statements that bring rows into the ghost. */
class RowStatementsTest {

  private static final Set<RowKey> NONE = Set.of();

  private final List<String> sent = new ArrayList<>();
  private final List<Long> bound = new ArrayList<>();
  private List<Long> selected = List.of();
  private long changed = 1;

  /** What the next statements fail with. */
  private final Deque<SQLException> failures = new ArrayDeque<>();

  private final Connection connection =
      Fake.of(
          Connection.class,
          (method, arguments) ->
              switch (method) {
                case "setSavepoint" -> {
                  sent.add("SAVEPOINT");
                  yield Fake.of(Savepoint.class, (m, a) -> Fake.DEFAULT);
                }
                case "rollback" -> sent.add("ROLLBACK TO SAVEPOINT");
                default -> {
                  sent.add((String) arguments[0]);
                  yield statement();
                }
              });

  private PreparedStatement statement() {
    return Fake.of(
        PreparedStatement.class,
        (method, arguments) ->
            switch (method) {
              case "setLong" -> bound.add((Long) arguments[1]);
              case "executeLargeUpdate" -> {
                if (!failures.isEmpty()) {
                  throw failures.poll();
                }
                yield changed;
              }
              case "executeQuery" -> rows();
              case "close" -> null;
              default -> Fake.DEFAULT;
            });
  }

  private ResultSet rows() {
    List<Long> left = new ArrayList<>(selected);
    return Fake.of(
        ResultSet.class,
        (method, arguments) ->
            switch (method) {
              case "next" -> !left.isEmpty();
              case "getLong" -> left.remove(0);
              case "getString" -> String.valueOf(left.remove(0));
              case "getMetaData" -> oneColumn();
              case "close" -> null;
              default -> Fake.DEFAULT;
            });
  }

  private static ResultSetMetaData oneColumn() {
    return Fake.of(ResultSetMetaData.class, (method, arguments) -> 1);
  }

  private enum Side {
    SOURCE,
    GHOST
  }

  private record Id(String name) implements KeyConditions.Column {
    @Override
    public Object read(ResultSet rs, int index) throws SQLException {
      return rs.getLong(index);
    }

    @Override
    public String describe(Object value) {
      return "#" + value;
    }
  }

  private record Key(List<Id> columns) implements KeyConditions<Side, Id> {
    @Override
    public String select(Side side) {
      return "id of " + side;
    }

    @Override
    public Fragment inRange(Side side, KeyRange range) {
      return Fragment.plain(side + " in range");
    }

    @Override
    public Fragment in(Side side, Collection<RowKey> keys) {
      List<Fragment.Binding> bindings = new ArrayList<>();
      keys.forEach(k -> bindings.add((s, i) -> s.setLong(i, (Long) k.part(0))));
      return new Fragment(side + " in " + keys.size(), bindings);
    }

    @Override
    public Side source() {
      return Side.SOURCE;
    }

    @Override
    public String orderBy() {
      return "id";
    }
  }

  private static final Key KEY = new Key(List.of(new Id("id")));

  private final class Rows extends RowStatements<Side> {
    private final boolean keeps;
    private boolean mayHold;
    private List<Fragment> insertions = List.of(Fragment.plain("INSERT"));

    Rows(boolean keeps) {
      super(KEY, Side.GHOST);
      this.keeps = keeps;
    }

    @Override
    protected void keep(Connection c, Fragment where) {
      sent.add("keep " + where.sql());
    }

    @Override
    protected boolean mayHold(RowSelection rows) {
      return mayHold;
    }

    @Override
    protected List<Fragment> insertions(RowSelection rows, Set<RowKey> cleared) {
      return insertions;
    }

    @Override
    protected boolean fallsBack(SQLException error) {
      return "taken".equals(error.getMessage());
    }

    @Override
    protected Fragment deletion(RowSelection rows) {
      return Fragment.of("DELETE %s", KEY.where(Side.GHOST, rows));
    }

    @Override
    protected Fragment deletion(KeyRange range, int most) {
      return Fragment.of("DELETE %s LIMIT " + most, KEY.where(Side.GHOST, range));
    }

    @Override
    protected List<Fragment> conflicting(RowSelection rows, Set<RowKey> cleared) {
      return List.of(Fragment.plain("SELECT a"), Fragment.plain("SELECT b"));
    }

    @Override
    public boolean keepsValues() {
      return keeps;
    }

    @Override
    public List<RowKey> keys(Connection c, KeyRange range, int limit) throws SQLException {
      return KEY.inOrder(c, "t", range, "LIMIT " + limit);
    }

    @Override
    public Optional<RowKey> boundary(Connection c, KeyRange within, long rows) throws SQLException {
      return KEY.boundary(c, "t", within, rows);
    }

    @Override
    public Batch read(Connection c, KeyList rows) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected List<Forbidden> forbidden(RowSelection rows, Set<RowKey> cleared, int most) {
      return List.of(
          new Forbidden("u", Fragment.plain("SELECT u LIMIT " + most), "100%% of '%s'"),
          new Forbidden("v", Fragment.plain("SELECT v"), "%s!"));
    }

    @Override
    public boolean trims() {
      return true;
    }

    @Override
    public boolean unlocked(Connection c, Collection<RowKey> keys) {
      return true;
    }
  }

  private static KeyList list(long... ids) {
    List<RowKey> keys = new ArrayList<>();
    for (long id : ids) {
      keys.add(RowKey.of(id));
    }
    return new KeyList(keys);
  }

  @Test
  void whatOnlyTheGhostHoldsIsKeptBeforeAnythingIsDeleted() throws SQLException {
    new Rows(true).write(connection, list(1, 2), Set.of(RowKey.of(9L)));
    assertThat(sent)
        .containsExactly("keep (GHOST in 2) OR (GHOST in 1)", "DELETE GHOST in 1", "INSERT");
    assertThat(bound).containsExactly(9L);
    sent.clear();
    new Rows(false).write(connection, list(1), NONE);
    assertThat(sent).containsExactly("INSERT");
  }

  @Test
  void whatTheGhostMayHoldIsDeletedFirst() throws SQLException {
    Rows rows = new Rows(false);
    rows.mayHold = true;
    rows.write(connection, list(1, 2), NONE);
    assertThat(sent).containsExactly("DELETE GHOST in 2", "INSERT");
  }

  @Test
  void rowsOfOthersDoNotCountAsWritten() throws SQLException {
    changed = 3;
    Rows rows = new Rows(false);
    assertThat(rows.write(connection, list(1, 2, 3), NONE)).isEqualTo(3);
    Set<RowKey> cleared = Set.of(RowKey.of(7L), RowKey.of(8L), RowKey.of(9L));
    assertThat(rows.write(connection, list(1), cleared)).isZero();
  }

  @Test
  void theSecondInsertionIsForRowsInTheWayOfTheFirst() throws SQLException {
    Rows rows = new Rows(false);
    rows.insertions = List.of(Fragment.plain("INSERT"), Fragment.plain("UPSERT"));
    assertThat(rows.write(connection, list(1), NONE)).isEqualTo(1);
    assertThat(sent).containsExactly("SAVEPOINT", "INSERT");
    sent.clear();
    failures.add(new SQLException("taken"));
    assertThat(rows.write(connection, list(1), NONE)).isEqualTo(1);
    assertThat(sent).containsExactly("SAVEPOINT", "INSERT", "ROLLBACK TO SAVEPOINT", "UPSERT");
  }

  @Test
  void noOtherErrorIsForTheSecondInsertionAndNothingComesAfterTheLast() {
    Rows rows = new Rows(false);
    rows.insertions = List.of(Fragment.plain("INSERT"), Fragment.plain("UPSERT"));
    failures.add(new SQLException("lost"));
    assertThatThrownBy(() -> rows.write(connection, list(1), NONE)).hasMessage("lost");
    assertThat(sent).containsExactly("SAVEPOINT", "INSERT");
    failures.addAll(List.of(new SQLException("taken"), new SQLException("taken")));
    assertThatThrownBy(() -> rows.write(connection, list(1), NONE)).hasMessage("taken");
    assertThat(failures).isEmpty();
  }

  @Test
  void aClearedRowThatIsGoneMakesTheTryStale() {
    changed = 0;
    assertThatThrownBy(() -> new Rows(false).write(connection, list(1), Set.of(RowKey.of(9L))))
        .isInstanceOf(RowSql.StaleException.class);
    assertThat(sent).containsExactly("DELETE GHOST in 1");
  }

  @Test
  void trimmingGoesOnWhileAStatementFindsAllThatItMayDelete() throws SQLException {
    KeyRange rest = new KeyRange(RowKey.of(5L), null);
    changed = 4_999;
    assertThat(new Rows(false).trim(connection, rest)).isFalse();
    changed = 5_000;
    assertThat(new Rows(false).trim(connection, rest)).isTrue();
    assertThat(sent.get(1)).isEqualTo("DELETE GHOST in range LIMIT 5000");
  }

  @Test
  void inTheWayAreTheOthersOfAllThatConflict() throws SQLException {
    selected = List.of(1L, 3L);
    RowStatements<?> rows = new Rows(false);
    assertThat(rows.inTheWay(connection, list(1, 2), NONE)).containsExactly(RowKey.of(3L));
    assertThat(sent).containsExactly("SELECT a", "SELECT b");
    assertThat(rows.inTheWay(connection, new KeyRange(null, null), NONE)).hasSize(2);
  }

  @Test
  void duplicatesAreToldKeyByKey() throws SQLException {
    selected = List.of(1L, 2L);
    assertThat(new Rows(false).duplicates(connection, list(1), NONE))
        .containsExactly("key u: 100% of '1'", "key u: 100% of '2'", "key v: 1!", "key v: 2!");
    assertThat(sent).containsExactly("SELECT u LIMIT 5", "SELECT v");
  }

  @Test
  void theBoundaryIsTheKeyOfTheLastRow() throws SQLException {
    ChunkBoundaries boundaries = new Rows(false);
    assertThat(boundaries.boundary(connection, new KeyRange(null, null), 10)).isEmpty();
    selected = List.of(4L);
    assertThat(boundaries.boundary(connection, new KeyRange(null, null), 10))
        .contains(RowKey.of(4L));
    assertThat(sent.get(0))
        .isEqualTo(
            """
            SELECT id of SOURCE
              FROM t
             WHERE SOURCE in range
             ORDER BY id
             LIMIT 1 OFFSET 9
            """);
    assertThat(KEY.describe(RowKey.of(4L))).isEqualTo("id = #4");
  }

  @Test
  void valuesAreBoundInTheOrderOfTheText() throws SQLException {
    Fragment select =
        Fragment.of(
            "%s; %s; %s",
            KEY.in(Side.GHOST, List.of(RowKey.of(1L))),
            Fragment.plain("x"),
            KEY.in(Side.SOURCE, List.of(RowKey.of(2L), RowKey.of(3L))));
    assertThat(select.sql()).isEqualTo("GHOST in 1; x; SOURCE in 2");
    assertThat(select.update(connection)).isEqualTo(1);
    assertThat(bound).containsExactly(1L, 2L, 3L);
  }
}
