package dev.ghost.internal.session;

import java.io.EOFException;
import java.net.SocketException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** What drivers, pools and streams say of a failure, with what is at the bottom of it. */
public final class SqlErrors {

  private static final int DEEPEST = 20;

  /**
   * What the drivers of PostgreSQL and MariaDB say when the certificate is for another host,
   * MySQL's when the server has no TLS, and Debezium when it cannot connect: all without an
   * exception of its own class.
   */
  private static final List<String> WITHOUT_CLASS =
      List.of(
          "PgjdbcHostnameVerifier",
          "SSL hostname verification failed",
          "SSL Connection required",
          "PKIX path",
          "CertPathValidatorException",
          "CertificateException");

  private SqlErrors() {}

  /** For people: a pool or a driver may only say that there was no connection. */
  public static String of(SQLException failure) {
    List<Throwable> chain = chain(failure);
    String said = String.valueOf(failure.getMessage()).strip();
    String below = String.valueOf(chain.get(chain.size() - 1).getMessage()).strip();
    return said.contains(below) ? said : said + ": " + below;
  }

  /** Returns the lowest error in the chain that has a code of the server's or the driver's. */
  public static SQLException sql(SQLException failure) {
    return sql((Throwable) failure).orElse(failure);
  }

  /** Returns the same of any failure; empty when there is none in its chain. */
  public static Optional<SQLException> sql(@Nullable Throwable failure) {
    return chain(failure).stream()
        .filter(SQLException.class::isInstance)
        .map(SQLException.class::cast)
        .filter(e -> e.getErrorCode() != 0 || e.getSQLState() != null)
        .reduce((upper, lower) -> lower);
  }

  /** Tells whether a connection failed because the server could not prove who it is. */
  public static boolean untrusted(@Nullable Throwable failure) {
    List<Throwable> chain = chain(failure);
    if (chain.stream().anyMatch(SqlErrors::aboutCertificates)) {
      return true;
    }
    // Java calls it a failed handshake, too, when the connection is cut in the middle of one.
    return chain.stream().anyMatch(SSLHandshakeException.class::isInstance)
        && chain.stream().noneMatch(e -> e instanceof EOFException || e instanceof SocketException);
  }

  private static boolean aboutCertificates(Throwable e) {
    return e instanceof CertificateException
        || e instanceof CertPathValidatorException
        || e instanceof CertPathBuilderException
        || e instanceof SSLPeerUnverifiedException
        || isAboutCertificates(String.valueOf(e.getMessage()));
  }

  /** Tells the same by what a library says, where it does not say why. */
  public static boolean isAboutCertificates(String said) {
    return WITHOUT_CLASS.stream().anyMatch(said::contains);
  }

  /** Returns the first failure in the chain that is of some kind. */
  public static Optional<Throwable> first(@Nullable Throwable failure, Predicate<Throwable> kind) {
    return chain(failure).stream().filter(kind).findFirst();
  }

  /** Returns the failure at the bottom; empty when there is none at all. */
  public static Optional<Throwable> lowest(@Nullable Throwable failure) {
    return chain(failure).stream().reduce((upper, lower) -> lower);
  }

  /** The failure, its cause, the cause of that, and so on. */
  private static List<Throwable> chain(@Nullable Throwable failure) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable e = failure; e != null && chain.size() <= DEEPEST; e = e.getCause()) {
      chain.add(e);
    }
    return chain;
  }
}
