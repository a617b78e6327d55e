package dev.ghost.fakes;

import dev.ghost.api.ServerAddress;
import dev.ghost.internal.dialect.Dialect;
import dev.ghost.internal.dialect.Driver;
import dev.ghost.internal.dialect.ErrorClass;
import dev.ghost.internal.dialect.PlannedMigration;
import dev.ghost.internal.dialect.RowSql;
import dev.ghost.internal.dialect.SessionProfile;
import dev.ghost.internal.dialect.VerifySql;
import dev.ghost.internal.key.KeyOrder;
import dev.ghost.internal.key.RowKey;
import dev.ghost.internal.request.TableName;
import dev.ghost.internal.request.TableNames;
import dev.ghost.internal.session.Server;
import dev.ghost.internal.session.Session;
import dev.ghost.internal.session.Sessions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A source and its ghost in memory, with one integer as key and one value, which a unique key keeps
 * unique in the ghost. What a transaction has written to the ghost is taken back when it is rolled
 * back. Every operation can be made to fail, and be told of before it is done.
 *
 * <p>The operations are the methods of {@link RowSql} and {@link VerifySql} by their names, and
 * those of a connection: {@code commit}; {@code committed}, after it was made; {@code rollback}.
 */
public final class FakeDatabase {

  private static final Comparator<RowKey> BY_ID = Comparator.comparing(k -> (Long) k.part(0));

  public final NavigableMap<RowKey, String> source = new TreeMap<>(BY_ID);
  public final NavigableMap<RowKey, String> ghost = new TreeMap<>(BY_ID);

  /** Values that do not fit the ghost's column. */
  public final Set<String> unfit = ConcurrentHashMap.newKeySet();

  /** Keys of rows that somebody holds a lock on. */
  public final Set<RowKey> locked = ConcurrentHashMap.newKeySet();

  private final List<String> calls = new ArrayList<>();
  private final Map<String, Deque<SQLException>> failures = new HashMap<>();
  private final Map<String, Deque<Event>> events = new HashMap<>();
  private final Map<Connection, Transaction> open = new HashMap<>();
  private long connections;

  private final RowSql rows = new FakeRows(this);
  private final FakeComparison comparison = new FakeComparison(this);

  /** What others do at a moment of a test. */
  @FunctionalInterface
  public interface Event {
    void happens() throws SQLException;
  }

  /** What a connection has done since its last commit. */
  private static final class Transaction {
    final Map<RowKey, String> before = new HashMap<>();
    boolean snapshot;
  }

  /** An error of which the fault is known. */
  private static final class Faulty extends SQLException {
    private static final long serialVersionUID = 1L;
    private final ErrorClass errorClass;

    Faulty(ErrorClass errorClass, String message) {
      super(message);
      this.errorClass = errorClass;
    }
  }

  public static RowKey key(long id) {
    return RowKey.of(id);
  }

  public static List<RowKey> keys(long... ids) {
    List<RowKey> keys = new ArrayList<>();
    for (long id : ids) {
      keys.add(key(id));
    }
    return keys;
  }

  public static SQLException error(ErrorClass errorClass, String message) {
    return new Faulty(errorClass, message);
  }

  public static ErrorClass errorClass(SQLException error) {
    return error instanceof Faulty faulty ? faulty.errorClass : ErrorClass.OTHER;
  }

  /** Puts a row into the source. */
  public synchronized FakeDatabase with(long id, String value) {
    source.put(key(id), value);
    return this;
  }

  /** Puts a row into the ghost. */
  public synchronized FakeDatabase withGhost(long id, String value) {
    ghost.put(key(id), value);
    return this;
  }

  /** Fills the source with rows from 1 on, each with its number as value. */
  public FakeDatabase withRows(int count) {
    for (long id = 1; id <= count; id++) {
      with(id, "v" + id);
    }
    return this;
  }

  /** Makes the next calls of an operation fail, one after the other. */
  public synchronized FakeDatabase fails(String operation, ErrorClass... faults) {
    for (ErrorClass errorClass : faults) {
      failures
          .computeIfAbsent(operation, o -> new ArrayDeque<>())
          .add(error(errorClass, operation + " failed: " + errorClass));
    }
    return this;
  }

  /** Has something happen just before the next call of an operation that has nothing to do yet. */
  public synchronized FakeDatabase before(String operation, Event event) {
    events.computeIfAbsent(operation, o -> new ArrayDeque<>()).add(event);
    return this;
  }

  /** The operations so far, in their order. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  public long count(String operation) {
    return calls().stream().filter(operation::equals).count();
  }

  /** Notes an operation, and does what a test has prepared for it. */
  public void happens(String operation) throws SQLException {
    Event event;
    SQLException failure;
    synchronized (this) {
      calls.add(operation);
      event = events.getOrDefault(operation, new ArrayDeque<>()).poll();
      failure = failures.getOrDefault(operation, new ArrayDeque<>()).poll();
    }
    if (event != null) {
      event.happens();
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Writes to the ghost, or deletes from it where the value is null. */
  synchronized void put(Connection connection, RowKey key, String value) {
    Transaction transaction = transaction(connection);
    if (!transaction.before.containsKey(key)) {
      transaction.before.put(key, ghost.get(key));
    }
    write(key, value);
  }

  private void write(RowKey key, String value) {
    if (value == null) {
      ghost.remove(key);
    } else {
      ghost.put(key, value);
    }
  }

  synchronized void openSnapshot(Connection connection) {
    end(connection, false);
    transaction(connection).snapshot = true;
  }

  synchronized boolean hasSnapshot(Connection connection) {
    return transaction(connection).snapshot;
  }

  private Transaction transaction(Connection connection) {
    return open.computeIfAbsent(connection, c -> new Transaction());
  }

  private synchronized void end(Connection connection, boolean undo) {
    Transaction transaction = open.remove(connection);
    if (undo && transaction != null) {
      transaction.before.forEach(this::write);
    }
  }

  private Connection connect() {
    connections++;
    Connection[] self = new Connection[1];
    boolean[] closed = new boolean[1];
    self[0] =
        Fake.of(
            Connection.class,
            (method, arguments) -> {
              switch (method) {
                case "commit" -> {
                  happens("commit");
                  end(self[0], false);
                  happens("committed");
                }
                case "rollback" -> {
                  end(self[0], true);
                  happens("rollback");
                }
                case "abort", "close" -> {
                  closed[0] = true;
                  end(self[0], true);
                }
                case "isClosed" -> {
                  return closed[0];
                }
                case "isValid" -> {
                  return !closed[0];
                }
                case "getNetworkTimeout" -> {
                  return 0;
                }
                case "setNetworkTimeout" -> happens("answer within " + arguments[1]);
                default -> {
                  return Fake.DEFAULT;
                }
              }
              return null;
            });
    return self[0];
  }

  /** How many connections were made. */
  public synchronized long connections() {
    return connections;
  }

  /** A driver that knows the faults of this database, and what a session asks it. */
  public Driver driver() {
    return driver((method, arguments) -> Fake.DEFAULT);
  }

  /** The same, with answers of the test's own before those. */
  public Driver driver(Fake.Answers own) {
    return Fake.of(
        Driver.class,
        (method, arguments) -> {
          Object answer = own.to(method, arguments);
          if (answer != Fake.DEFAULT) {
            return answer;
          }
          return switch (method) {
            case "classify" -> errorClass((SQLException) arguments[0]);
            case "configure" -> (Driver.Restore) () -> {};
            case "session" -> connections();
            case "product" -> "a fake database";
            default -> Fake.DEFAULT;
          };
        });
  }

  public Session session() throws SQLException {
    return server((method, arguments) -> Fake.DEFAULT).open(SessionProfile.work("s"));
  }

  /** A server whose driver and dialect have answers of the test's own before the usual ones. */
  public Server server(Fake.Answers own) {
    Driver driver = driver(own);
    return new Server(
        ServerAddress.parse("mysql://app@db1/s"),
        driver,
        Fake.of(Dialect.class, own),
        sessions(driver));
  }

  private Sessions sessions(Driver driver) {
    return Sessions.borrow(
        driver,
        Fake.of(
            DataSource.class,
            (method, arguments) -> method.equals("getConnection") ? connect() : Fake.DEFAULT));
  }

  public RowSql rows() {
    return rows;
  }

  /** What it compares, to be told of rows that it does not show in their ranges. */
  public FakeComparison comparison() {
    return comparison;
  }

  public PlannedMigration planned() {
    return planned((method, arguments) -> Fake.DEFAULT);
  }

  /** The workbench, with answers of the test's own before the usual ones. */
  public PlannedMigration planned(Fake.Answers own) {
    TableNames names = TableNames.of(new TableName("s", "t"), 64);
    KeyOrder order = new KeyOrder(List.of(KeyOrder.Part.NATURAL));
    return Fake.of(
        PlannedMigration.class,
        (method, arguments) -> {
          Object answer = own.to(method, arguments);
          if (answer != Fake.DEFAULT) {
            return answer;
          }
          return switch (method) {
            case "names" -> names;
            case "order" -> order;
            case "rows" -> rows;
            case "verify" -> comparison;
            case "profile" -> SessionProfile.work("s");
            case "decode" -> ((SourceRecord) arguments[0]).value();
            case "describe" -> "id = " + ((RowKey) arguments[0]).part(0);
            default -> Fake.DEFAULT;
          };
        });
  }
}
