package dev.ghost.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server is and who we are there. Never prints its password.
 *
 * @param scheme what the URL begins with: {@code mysql}, {@code mariadb}, {@code postgresql}
 * @param host a name or an address; or, with a leading slash, the directory of a Unix socket
 * @param port 0 when the URL has none: the dialect knows the usual one
 * @param database the path of the URL: MySQL's schema, PostgreSQL's database; empty when it has
 *     none
 * @param options what follows the question mark, for the driver
 * @since 0.1
 */
public record ServerAddress(
    String scheme,
    String host,
    int port,
    String user,
    String password,
    String database,
    Map<String, String> options) {

  private static final Pattern AUTHORITY =
      Pattern.compile(
          "((?<user>[^:@]*)(:(?<password>[^@]*))?@)?(?<host>\\[[^]]*]|[^:@,]*)(:(?<port>\\d+))?");

  /**
   * Reads {@code scheme://user@host:port/schema?option=value}; a leading {@code jdbc:} is allowed.
   * The directory of a Unix socket is written as PostgreSQL's own tools have it: {@code
   * user@%2Fvar%2Frun%2Fpostgresql/database}, or {@code
   * user@/database?host=/var/run/postgresql&port=5432}.
   */
  public static ServerAddress parse(String url) {
    String text = url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url;
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      // Not kept as the cause: its message repeats the URL.
      throw badUrl(url);
    }
    Matcher authority = AUTHORITY.matcher(Objects.requireNonNullElse(uri.getRawAuthority(), ""));
    if (uri.getScheme() == null || uri.isOpaque() || !authority.matches()) {
      throw badUrl(url);
    }
    if (authority.group("password") != null) {
      throw new UsageException(
          "The URL has a password in it, where other users of this machine can read it.",
          "Leave it out and set GHOST_PASSWORD, or give --password-file.");
    }
    Map<String, String> options = new LinkedHashMap<>();
    if (uri.getRawQuery() != null) {
      for (String option : uri.getRawQuery().split("&")) {
        String[] pair = option.split("=", 2);
        options.put(decode(pair[0]), pair.length > 1 ? decode(pair[1]) : "");
      }
    }
    String host = decode(authority.group("host"));
    String port = authority.group("port");
    if (host.isEmpty()) {
      host = options.getOrDefault("host", "");
      port = options.get("port");
      options.keySet().removeAll(List.of("host", "port"));
    }
    if (host.isEmpty() || (port != null && !port.matches("\\d{1,5}"))) {
      throw badUrl(url);
    }
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return new ServerAddress(
        uri.getScheme(),
        host,
        port == null ? 0 : Integer.parseInt(port),
        authority.group("user") == null ? "" : decode(authority.group("user")),
        "",
        decode(path.startsWith("/") ? path.substring(1) : path),
        Map.copyOf(options));
  }

  /** True when the host is the directory of a Unix socket. */
  public boolean local() {
    return host.startsWith("/");
  }

  public ServerAddress withLogin(String newUser, String newPassword) {
    return new ServerAddress(scheme, host, port, newUser, newPassword, database, options);
  }

  public ServerAddress withDatabase(String name) {
    return new ServerAddress(scheme, host, port, user, password, name, options);
  }

  /** The same with one more option for the driver, or another value of it. */
  public ServerAddress with(String option, String value) {
    Map<String, String> more = new LinkedHashMap<>(options);
    more.put(option, value);
    return new ServerAddress(scheme, host, port, user, password, database, Map.copyOf(more));
  }

  /** The same at another place. */
  public ServerAddress at(String newHost, int newPort) {
    return new ServerAddress(scheme, newHost, newPort, user, password, database, options);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Says nothing of what stands before the host: it may be a password. */
  private static UsageException badUrl(String url) {
    String shown = url.substring(url.lastIndexOf('@') + 1);
    return new UsageException(
        "Cannot read the URL %s%s.".formatted(shown.equals(url) ? "" : "...@", shown),
        "Write it as mysql://user@host:3306/schema; what is special in it as %40 and the like.");
  }

  @Override
  public String toString() {
    return local()
        ? "%s://%s@/%s?host=%s%s"
            .formatted(scheme, user, database, host, port == 0 ? "" : "&port=" + port)
        : scheme + "://" + user + "@" + host + (port == 0 ? "" : ":" + port) + "/" + database;
  }
}
