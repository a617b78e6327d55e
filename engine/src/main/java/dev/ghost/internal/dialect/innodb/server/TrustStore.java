package dev.ghost.internal.dialect.innodb.server;

import dev.ghost.api.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/** Certificates in the form that Java's drivers read, out of the PEM file that users have. */
final class TrustStore {

  static final String TYPE = "PKCS12";

  /** They are no secret, but a store without a password is read as an empty one. */
  static final String PASSWORD = "certificates";

  private TrustStore() {}

  /**
   * Writes a store of the certificates in a file; it is deleted when the JVM ends.
   *
   * @throws UsageException if the file cannot be read, or holds none
   */
  static Path of(Path pem) {
    try {
      KeyStore store = KeyStore.getInstance(TYPE);
      store.load(null, null);
      try (InputStream in = Files.newInputStream(pem)) {
        for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
          store.setCertificateEntry("ca" + store.size(), each);
        }
      }
      if (store.size() == 0) {
        throw unreadable(pem, null);
      }
      Path file = Files.createTempFile("ghost-ca", ".p12");
      file.toFile().deleteOnExit();
      try (OutputStream out = Files.newOutputStream(file)) {
        store.store(out, PASSWORD.toCharArray());
      }
      return file;
    } catch (IOException | GeneralSecurityException e) {
      throw unreadable(pem, e);
    }
  }

  private static UsageException unreadable(Path pem, @Nullable Exception cause) {
    return new UsageException(
        "There are no certificates to be read in %s%s."
            .formatted(pem, cause == null ? "" : ": " + cause.getMessage()),
        "Give --ssl-ca a file in PEM form, which begins with -----BEGIN CERTIFICATE-----.",
        cause);
  }
}
