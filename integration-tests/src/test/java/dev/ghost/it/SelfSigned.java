package dev.ghost.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A certificate that is its own authority, with its key, in PEM form.
 *
 * @param key in PKCS #8
 */
record SelfSigned(String certificate, String key) {

  private static final String PASSWORD = "secret";

  static SelfSigned make() throws Exception {
    return of("dns:ghost.test");
  }

  /**
   * Makes one for a host.
   *
   * @param host such as {@code ip:127.0.0.1} or {@code dns:db.example}
   */
  static SelfSigned of(String host) throws Exception {
    Path folder = Files.createTempDirectory("ghost-tls");
    Path file = folder.resolve("store.p12");
    try {
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-alias",
                  "server",
                  "-keyalg",
                  "EC",
                  "-validity",
                  "30",
                  "-dname",
                  "CN=ghost tests",
                  "-ext",
                  "bc=ca:true",
                  "-ext",
                  "san=" + host,
                  "-keystore",
                  file.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  PASSWORD)
              .inheritIO()
              .start();
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException("keytool failed");
      }
      KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
      return new SelfSigned(
          pem("CERTIFICATE", store.getCertificate("server").getEncoded()),
          pem("PRIVATE KEY", store.getKey("server", PASSWORD.toCharArray()).getEncoded()));
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  private static String pem(String what, byte[] bytes) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes));
  }
}
