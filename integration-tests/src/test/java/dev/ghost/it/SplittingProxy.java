package dev.ghost.it;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy that sends a SELECT outside of transactions to a replica, unless it locks; all else goes
 * to the primary. It knows as much of the protocols as that takes: there is no TLS, and the replica
 * lets the user in without a password. Thread-safe.
 */
abstract class SplittingProxy implements AutoCloseable {

  private final ServerSocket entrance;
  private final InetSocketAddress primary;
  private final InetSocketAddress replica;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger reads = new AtomicInteger();

  private SplittingProxy(InetSocketAddress primary, InetSocketAddress replica) throws IOException {
    this.primary = primary;
    this.replica = replica;
    this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    daemon("splitter", this::accept);
  }

  static SplittingProxy postgres(Server primary, InetSocketAddress replica) throws IOException {
    return new Postgres(at(primary), replica);
  }

  static SplittingProxy binlog(Server primary, Server replica) throws IOException {
    return new Binlog(at(primary), at(replica));
  }

  private static InetSocketAddress at(Server server) {
    return new InetSocketAddress(server.host(), server.port());
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** How many statements the replica has got. */
  int reads() {
    return reads.get();
  }

  /** Lets a client in, and then takes its statements for as long as it sends any. */
  abstract void serve(DataInputStream in, OutputStream client, Socket primary, Socket replica)
      throws IOException;

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        daemon("splitter-line", () -> serve(client));
      } catch (IOException e) {
        if (!entrance.isClosed()) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket first = new Socket(primary.getAddress(), primary.getPort());
        Socket second = new Socket(replica.getAddress(), replica.getPort())) {
      open.add(client);
      serve(new DataInputStream(client.getInputStream()), client.getOutputStream(), first, second);
    } catch (IOException e) {
      // An end is gone: so go the others.
      open.remove(client);
    }
  }

  @Override
  public void close() throws IOException {
    entrance.close();
    for (Socket client : open) {
      client.close();
    }
  }

  /** Answers go back as they come: the client waits for one before it sends the next statement. */
  static void pump(Socket from, OutputStream to) {
    daemon(
        "splitter-pump",
        () -> {
          try {
            from.getInputStream().transferTo(to);
          } catch (IOException e) {
            closeQuietly(from);
          }
        });
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void daemon(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** What one client has begun; decides where its statements go. Used by one thread. */
  final class Choice {
    private boolean autoCommit = true;
    private boolean transaction;

    boolean replica(String statement) {
      String sql = statement.replaceAll("(?s)/\\*.*?\\*/", "").strip().toUpperCase(Locale.ROOT);
      if (sql.matches("(?s)SET (SESSION )?AUTOCOMMIT ?= ?[01]")) {
        autoCommit = sql.endsWith("1");
      } else if (sql.startsWith("BEGIN")) {
        transaction = true;
      } else if (sql.startsWith("COMMIT") || sql.startsWith("ROLLBACK")) {
        transaction = false;
      }
      boolean read =
          autoCommit
              && !transaction
              && sql.startsWith("SELECT")
              && !sql.contains("FOR UPDATE")
              && !sql.contains("SET_CONFIG");
      if (read) {
        reads.incrementAndGet();
      }
      return read;
    }
  }

  /** A message is a byte for its type, four for its length, and its body. */
  private static final class Postgres extends SplittingProxy {

    private static final int SSL = 80877103;
    private static final int GSS = 80877104;

    Postgres(InetSocketAddress primary, InetSocketAddress replica) throws IOException {
      super(primary, replica);
    }

    @Override
    void serve(DataInputStream in, OutputStream client, Socket primary, Socket replica)
        throws IOException {
      byte[] startup = body(in);
      while (startup.length == 4 && Set.of(SSL, GSS).contains(ByteBuffer.wrap(startup).getInt())) {
        client.write('N');
        startup = body(in);
      }
      byte[] login = framed(startup);
      primary.getOutputStream().write(login);
      replica.getOutputStream().write(login);
      awaitReady(new DataInputStream(replica.getInputStream()));
      pump(primary, client);
      pump(replica, client);
      Choice choice = new Choice();
      ByteArrayOutputStream batch = new ByteArrayOutputStream();
      StringBuilder sql = new StringBuilder();
      for (int type = in.read(); type >= 0; type = in.read()) {
        byte[] body = body(in);
        batch.write(type);
        batch.writeBytes(framed(body));
        String[] texts = new String(body, StandardCharsets.UTF_8).split("\0", 3);
        if (type == 'Q' || type == 'P') {
          sql.append(texts[type == 'Q' ? 0 : 1]).append(";\n");
        }
        // A query, the end of a batch, the password, or the end.
        if ("QSpX".indexOf(type) >= 0) {
          Socket target = choice.replica(sql.toString()) ? replica : primary;
          target.getOutputStream().write(batch.toByteArray());
          batch.reset();
          sql.setLength(0);
        }
      }
    }

    private static byte[] body(DataInputStream in) throws IOException {
      return in.readNBytes(in.readInt() - 4);
    }

    private static byte[] framed(byte[] body) {
      return ByteBuffer.allocate(body.length + 4).putInt(body.length + 4).put(body).array();
    }

    private static void awaitReady(DataInputStream replica) throws IOException {
      for (int type = replica.read(); type != 'Z'; type = replica.read()) {
        byte[] body = body(replica);
        if (type < 0 || type == 'E') {
          throw new IOException(
              "the replica: " + new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
        }
      }
      body(replica);
    }
  }

  /** A packet is three bytes for its length, one for its number, and its payload. */
  private static final class Binlog extends SplittingProxy {

    private static final int QUERY = 3;
    private static final int OK = 0;
    private static final int SWITCH = 0xfe;
    private static final int ERROR = 0xff;

    private static final class Packet {
      private final int number;
      private final byte[] payload;

      Packet(int number, byte[] payload) {
        this.number = number;
        this.payload = payload;
      }

      static Packet read(DataInputStream in) throws IOException {
        byte[] head = in.readNBytes(4);
        if (head.length < 4) {
          throw new EOFException();
        }
        int length = (head[0] & 0xff) | (head[1] & 0xff) << 8 | (head[2] & 0xff) << 16;
        return new Packet(head[3] & 0xff, in.readNBytes(length));
      }

      void write(OutputStream out) throws IOException {
        int length = payload.length;
        ByteBuffer bytes = ByteBuffer.allocate(length + 4);
        bytes.put((byte) length).put((byte) (length >> 8)).put((byte) (length >> 16));
        out.write(bytes.put((byte) number).put(payload).array());
      }

      int first() {
        return payload.length == 0 ? -1 : payload[0] & 0xff;
      }
    }

    Binlog(InetSocketAddress primary, InetSocketAddress replica) throws IOException {
      super(primary, replica);
    }

    @Override
    void serve(DataInputStream in, OutputStream client, Socket primary, Socket replica)
        throws IOException {
      Packet.read(new DataInputStream(primary.getInputStream())).write(client);
      Packet login = Packet.read(in);
      login.write(primary.getOutputStream());
      logIn(login, replica);
      pump(primary, client);
      pump(replica, client);
      Choice choice = new Choice();
      while (true) {
        Packet packet = Packet.read(in);
        boolean query = packet.number == 0 && packet.first() == QUERY;
        Socket target = query && choice.replica(text(packet)) ? replica : primary;
        packet.write(target.getOutputStream());
      }
    }

    /** The same login as at the primary: without a password there is nothing in it to compute. */
    private static void logIn(Packet login, Socket replica) throws IOException {
      DataInputStream in = new DataInputStream(replica.getInputStream());
      Packet.read(in);
      login.write(replica.getOutputStream());
      for (Packet answer = Packet.read(in); answer.first() != OK; answer = Packet.read(in)) {
        if (answer.first() == ERROR) {
          throw new IOException(
              "the replica: " + new String(answer.payload, StandardCharsets.UTF_8));
        }
        if (answer.first() == SWITCH) {
          new Packet(answer.number + 1, new byte[0]).write(replica.getOutputStream());
        }
      }
    }

    /** Before the statement there may be the number of its attributes, 0, and of their sets, 1. */
    private static String text(Packet packet) {
      byte[] payload = packet.payload;
      int from = payload.length > 2 && payload[1] == 0 && payload[2] == 1 ? 3 : 1;
      return new String(payload, from, payload.length - from, StandardCharsets.UTF_8);
    }
  }
}
