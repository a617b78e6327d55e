package dev.ghost.it;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Stands between ghost and a server, or several, to which it leads by turns. Cuts connections when
 * it is told to, or lets nothing through any more while they stay open. Thread-safe.
 */
final class Proxy implements AutoCloseable {

  private final ServerSocket entrance;
  private final Server server;
  private final List<Server> servers;

  // Guarded by this.
  private int accepted;
  private final List<Line> open = new ArrayList<>();
  private int cuts;
  private boolean shut;
  private boolean frozen;

  /** What a statement has in it at which all is to freeze; null for none. */
  private byte[] freezeAt;

  /** A connection, both halves. */
  private record Line(Socket near, Socket far) {
    /** Without a word to either end, as when a cable is pulled. */
    void cut() {
      synchronized (near) {
        cut(near);
        cut(far);
      }
    }

    private static void cut(Socket end) {
      try {
        if (!end.isClosed()) {
          end.setSoLinger(true, 0);
          end.close();
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  Proxy(Server server) throws IOException {
    this(server, new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  Proxy(Server server, ServerSocket entrance) {
    this(List.of(server), entrance);
  }

  private Proxy(List<Server> servers, ServerSocket entrance) {
    this.server = servers.get(0);
    this.servers = servers;
    this.entrance = entrance;
    daemon("proxy", this::accept);
  }

  /** Leads one connection to the first server, the next to the second, and so on. */
  static Proxy balancing(Server... servers) throws IOException {
    return new Proxy(List.of(servers), new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  private synchronized Server next() {
    return servers.get(accepted++ % servers.size());
  }

  /** The server's URL, by way of here. */
  String url(String schema) {
    return server
        .url(schema)
        .replace(
            "@%s:%d/".formatted(server.host(), server.port()),
            "@127.0.0.1:%d/".formatted(entrance.getLocalPort()));
  }

  /** Cuts one of the connections, if there is any. */
  synchronized void cutOne(Random random) {
    if (!open.isEmpty()) {
      open.remove(random.nextInt(open.size())).cut();
      cuts++;
    }
  }

  /** Cuts all connections, and lets nobody in; or does so again. */
  synchronized void shut(boolean on) {
    shut = on;
    if (on) {
      open.forEach(Line::cut);
      open.clear();
    }
  }

  /**
   * Once a statement with this text has gone to the server, nothing goes through any more, in
   * either direction; its answer neither.
   */
  synchronized void freezeAt(String text) {
    freezeAt = text.getBytes(StandardCharsets.UTF_8);
  }

  /** Waits until it is frozen; false when no statement has come at which to freeze. */
  synchronized boolean awaitFrozen(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    long left = limit.toMillis();
    while (!frozen && left > 0) {
      wait(left);
      left = (deadline - System.nanoTime()) / 1_000_000;
    }
    return frozen;
  }

  /** All goes through again, what has been waiting first. */
  synchronized void thaw() {
    frozen = false;
    freezeAt = null;
    notifyAll();
  }

  /** Whatever was frozen is cut; new connections go through. */
  synchronized void cutFrozen() {
    open.forEach(Line::cut);
    open.clear();
    thaw();
  }

  /** Waits while all is frozen; the statement at which it freezes still goes through. */
  private synchronized void pass(boolean toServer, byte[] buffer, int length)
      throws InterruptedException {
    while (frozen) {
      wait();
    }
    if (toServer && freezeAt != null && contains(buffer, length, freezeAt)) {
      freezeAt = null;
      frozen = true;
      notifyAll();
    }
  }

  private static boolean contains(byte[] buffer, int length, byte[] text) {
    for (int i = 0; i + text.length <= length; i++) {
      if (Arrays.equals(buffer, i, i + text.length, text, 0, text.length)) {
        return true;
      }
    }
    return false;
  }

  synchronized int cuts() {
    return cuts;
  }

  @Override
  public synchronized void close() throws IOException {
    entrance.close();
    open.forEach(Line::cut);
    open.clear();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket near = entrance.accept();
        pass(false, new byte[0], 0);
        Server to = next();
        Socket far = new Socket(to.host(), to.port());
        Line line = new Line(near, far);
        if (!add(line)) {
          line.cut();
          continue;
        }
        daemon("proxy-in", () -> pump(line, near, far, true));
        daemon("proxy-out", () -> pump(line, far, near, false));
      } catch (InterruptedException e) {
        return;
      } catch (IOException e) {
        if (!entrance.isClosed()) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  /** False when nobody is let in. */
  private synchronized boolean add(Line line) {
    return !shut && open.add(line);
  }

  private synchronized void remove(Line line) {
    open.remove(line);
  }

  private void pump(Line line, Socket from, Socket to, boolean toServer) {
    byte[] buffer = new byte[64 * 1024];
    try {
      InputStream in = from.getInputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        pass(toServer, buffer, n);
        to.getOutputStream().write(buffer, 0, n);
      }
      pass(false, buffer, 0);
      line.cut();
    } catch (InterruptedException e) {
      line.cut();
    } catch (IOException e) {
      // An end is gone, by our cut or by itself: so goes the other.
      line.cut();
    } finally {
      remove(line);
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }
}
