package dev.ghost.api;

/** How a connection to the server is protected; the words are MySQL's. */
public enum SslMode {
  /** Not at all. */
  DISABLED,
  /** Encrypted where the server can; it may be anybody. */
  PREFERRED,
  /** Encrypted; the server may be anybody. */
  REQUIRED,
  /** Encrypted; the server's certificate must come from an authority that is trusted. */
  VERIFY_CA,
  /** The same, and it must be for the host that is connected to. */
  VERIFY_IDENTITY
}
