package dev.ghost.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.testcontainers.containers.GenericContainer;

/** Where a server listens. */
record Address(String host, int port) {

  private static final int LOOK_MILLIS = 500;

  /**
   * A container's own address, where this machine reaches it: Docker's proxy for mapped ports takes
   * more of the processor than the server behind it.
   */
  static Address of(GenericContainer<?> container, int port) {
    Address own = new Address(BinlogServer.addressOf(container), port);
    return own.answers() ? own : mapped(container, port);
  }

  /** A port of this machine, which stays when the container is restarted. */
  static Address mapped(GenericContainer<?> container, int port) {
    return new Address(container.getHost(), container.getMappedPort(port));
  }

  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), LOOK_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
