package dev.ghost.internal.session;

import dev.ghost.internal.dialect.Whereabouts;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Models of what can lie between a connection and its server. */
final class Ways {

  private Ways() {}

  /** A way to a server. A client is one of ghost's connections. */
  interface Way {
    /** Where a statement is executed. */
    Whereabouts ask(Object client, boolean writing, boolean autoCommit) throws SQLException;

    /** Returns null, which is what the proxy that calls it has to return. */
    Object mark(Object client, String mark) throws SQLException;

    /** What the session says that its number is. */
    long number(Object client) throws SQLException;

    /** The end of a transaction, or of the connection. */
    default void end(Object client) {}
  }

  /** A session for each connection. */
  static class Direct implements Way {
    String server;
    private final Map<Object, String> marks = new HashMap<>();
    private final Map<Object, Long> numbers = new HashMap<>();

    Direct(String server) {
      this.server = server;
    }

    @Override
    public Whereabouts ask(Object client, boolean writing, boolean autoCommit) {
      return new Whereabouts(server, own(client), marks.getOrDefault(client, ""));
    }

    @Override
    public Object mark(Object client, String mark) {
      marks.put(client, mark);
      return null;
    }

    @Override
    public long number(Object client) throws SQLException {
      return own(client);
    }

    private long own(Object client) {
      return numbers.computeIfAbsent(client, c -> numbers.size() + 1L);
    }
  }

  /** Sends what does not write to a replica, outside of transactions or also within. */
  static final class Splitter extends Direct {
    String replica;
    boolean alsoInTransactions;

    Splitter(String primary, String replica) {
      super(primary);
      this.replica = replica;
    }

    @Override
    public Whereabouts ask(Object client, boolean writing, boolean autoCommit) {
      Whereabouts primary = super.ask(client, writing, autoCommit);
      return !writing && (autoCommit || alsoInTransactions)
          ? new Whereabouts(replica, primary.session(), primary.mark())
          : primary;
    }
  }

  /** Sends one connection here, the next one there. */
  static final class Balancer extends Direct {
    private final String other;

    Balancer(String server, String other) {
      super(server);
      this.other = other;
    }

    @Override
    public Whereabouts ask(Object client, boolean writing, boolean autoCommit) {
      Whereabouts here = super.ask(client, writing, autoCommit);
      return here.session() % 2 == 1 ? here : new Whereabouts(other, here.session(), here.mark());
    }
  }

  /** Lends its sessions for the length of a transaction. */
  static final class Pooler implements Way {
    private final String server;
    private final int size;
    private final boolean lifo;

    /** True for one that gives each connection its own settings back, in whatever session. */
    private final boolean tracksMarks;

    private final Deque<Long> idle = new ArrayDeque<>();
    private final Map<Object, Long> lent = new HashMap<>();
    private final Map<Object, String> marks = new HashMap<>();
    private long sessions;

    Pooler(String server, int size, boolean lifo, boolean tracksMarks) {
      this.server = server;
      this.size = size;
      this.lifo = lifo;
      this.tracksMarks = tracksMarks;
    }

    @Override
    public Whereabouts ask(Object client, boolean writing, boolean autoCommit) throws SQLException {
      long session = lend(client);
      String mark = marks.getOrDefault(tracksMarks ? client : (Object) session, "");
      if (autoCommit) {
        end(client);
      }
      return new Whereabouts(server, session, mark);
    }

    @Override
    public Object mark(Object client, String mark) throws SQLException {
      long session = lend(client);
      marks.put(tracksMarks ? client : (Object) session, mark);
      return null;
    }

    @Override
    public long number(Object client) throws SQLException {
      return lend(client);
    }

    @Override
    public void end(Object client) {
      Long session = lent.remove(client);
      if (session != null) {
        if (lifo) {
          idle.addFirst(session);
        } else {
          idle.addLast(session);
        }
      }
    }

    private long lend(Object client) throws SQLException {
      if (!lent.containsKey(client)) {
        if (idle.isEmpty() && sessions == size) {
          throw new SQLException("no answer", new SocketTimeoutException());
        }
        lent.put(client, idle.isEmpty() ? ++sessions : idle.removeFirst());
      }
      return lent.get(client);
    }
  }
}
