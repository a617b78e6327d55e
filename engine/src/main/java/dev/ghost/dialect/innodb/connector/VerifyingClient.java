package dev.ghost.dialect.innodb.connector;

import com.github.shyiko.mysql.binlog.BinaryLogClient;
import com.github.shyiko.mysql.binlog.network.SSLMode;
import com.github.shyiko.mysql.binlog.network.SSLSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * A reader of the binary log that has Java verify the server's host, against the name that the user
 * has given. Its base class knows no IP addresses in a certificate, and takes the name of an IP
 * address from the DNS, which is not to be trusted.
 */
public class VerifyingClient extends BinaryLogClient {

  private SSLMode wanted = SSLMode.DISABLED;
  private boolean hasFactory;

  public VerifyingClient(String host, int port, String user, String password) {
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
          SSLSocket secured = factory.createSocket(socket);
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
