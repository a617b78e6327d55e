package dev.ghost.it;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;

/** A server that no other test uses: it can be killed, and its disk filled. */
record DedicatedServer(Server server, GenericContainer<?> container) implements AutoCloseable {

  /** As when the machine is switched off. */
  void kill() {
    docker().killContainerCmd(container.getContainerId()).exec();
  }

  /** Starts it again, and waits until it takes connections. */
  void startAgain() throws SQLException, InterruptedException {
    docker().startContainerCmd(container.getContainerId()).exec();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      try {
        server.connect("").close();
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
  }

  /** Runs a command in its container, as root. */
  void shell(String command) throws IOException, InterruptedException {
    Container.ExecResult result = container.execInContainer("sh", "-c", command);
    if (result.getExitCode() != 0) {
      throw new IllegalStateException(result.getStderr());
    }
  }

  private static DockerClient docker() {
    return DockerClientFactory.instance().client();
  }

  @Override
  public void close() {
    container.stop();
  }
}
