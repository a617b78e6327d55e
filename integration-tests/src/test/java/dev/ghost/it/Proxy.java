package dev.ghost.it;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Stands between ghost and a server, and cuts connections when it is told to. Thread-safe. */
final class Proxy implements AutoCloseable {

  private final ServerSocket entrance;
  private final Server server;

  // Guarded by this.
  private final List<Line> open = new ArrayList<>();
  private int cuts;
  private boolean shut;

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
    this.server = server;
    this.entrance = entrance;
    daemon("proxy", this::accept);
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
        Socket far = new Socket(server.host(), server.port());
        Line line = new Line(near, far);
        if (!add(line)) {
          line.cut();
          continue;
        }
        daemon("proxy-in", () -> pump(line, near, far));
        daemon("proxy-out", () -> pump(line, far, near));
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

  private void pump(Line line, Socket from, Socket to) {
    byte[] buffer = new byte[64 * 1024];
    try {
      InputStream in = from.getInputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        to.getOutputStream().write(buffer, 0, n);
      }
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
