package dev.ghost.internal.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.network.SSLMode;
import com.github.shyiko.mysql.binlog.network.SSLSocketFactory;
import com.github.shyiko.mysql.binlog.network.protocol.PacketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * A reader of the binary log by TLS. Java verifies the server's host, against the name that the
 * user has given: the base class knows no IP addresses in a certificate, and takes the name of an
 * IP address from the DNS, which is not to be trusted. What is read is buffered: the base class
 * reads a TLS socket byte by byte, which takes a lock for each.
 */
public class SecuredClient extends BinaryLogClient {

  private SSLMode wanted = SSLMode.DISABLED;
  private boolean hasFactory;

  /** The connection's, when TLS is agreed on. */
  private @Nullable SSLSocket secured;

  public SecuredClient(String host, int port, String user, String password) {
    super(host, port, user, password);
    setSocketFactory(NamedSocket::new);
  }

  @Override
  public final void setSSLMode(SSLMode mode) {
    wanted = mode;
    passOn();
  }

  /** Has the sockets verify the host too, where that is wanted. */
  @Override
  public final void setSslSocketFactory(SSLSocketFactory factory) {
    hasFactory = true;
    super.setSslSocketFactory(
        socket -> {
          secured = factory.createSocket(socket);
          if (wanted == SSLMode.VERIFY_IDENTITY) {
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
          }
          return secured;
        });
    passOn();
  }

  private void passOn() {
    boolean byUs = wanted == SSLMode.VERIFY_IDENTITY && hasFactory;
    super.setSSLMode(byUs ? SSLMode.VERIFY_CA : wanted);
  }

  /** Asks for the log, when the login and all questions before it are through. */
  @Override
  protected final void requestBinaryLogStream() throws IOException {
    if (channel.isSSL()) {
      // A channel of its own buffers what it reads; nothing is unread on the one before it.
      PacketChannel buffered = new PacketChannel(secured);
      buffered.authenticationComplete();
      channel = buffered;
    }
    requestLog();
  }

  /** Sends the request. */
  protected void requestLog() throws IOException {
    super.requestBinaryLogStream();
  }

  /** A socket whose address keeps the name that the user has given. */
  private static final class NamedSocket extends Socket {

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      super.connect(
          endpoint instanceof InetSocketAddress address && !address.isUnresolved()
              ? named(address)
              : endpoint,
          timeout);
    }

    private static InetSocketAddress named(InetSocketAddress address) throws IOException {
      InetAddress named =
          InetAddress.getByAddress(address.getHostString(), address.getAddress().getAddress());
      return new InetSocketAddress(named, address.getPort());
    }
  }
}
