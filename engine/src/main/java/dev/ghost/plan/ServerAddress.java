package dev.ghost.plan;

import dev.ghost.api.UsageException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where a server is and who we are there. Never prints its password.
 *
 * @param scheme what the URL begins with: {@code mysql}, {@code mariadb}, {@code postgresql}
 * @param port 0 when the URL has none: the dialect knows the usual one
 * @param database the path of the URL: MySQL's schema, PostgreSQL's database; empty when it has
 *     none
 * @param options what follows the question mark, for the driver
 */
public record ServerAddress(
    String scheme,
    String host,
    int port,
    String user,
    String password,
    String database,
    Map<String, String> options) {

  /**
   * Reads {@code scheme://user@host:port/schema?option=value}; a leading {@code jdbc:} is allowed.
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
    if (uri.getScheme() == null || uri.getHost() == null) {
      throw badUrl(url);
    }
    String[] login =
        uri.getRawUserInfo() == null ? new String[0] : uri.getRawUserInfo().split(":", 2);
    if (login.length > 1) {
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
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return new ServerAddress(
        uri.getScheme(),
        uri.getHost(),
        Math.max(uri.getPort(), 0),
        login.length > 0 ? decode(login[0]) : "",
        "",
        decode(path.startsWith("/") ? path.substring(1) : path),
        Map.copyOf(options));
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
    return scheme + "://" + user + "@" + host + (port == 0 ? "" : ":" + port) + "/" + database;
  }
}
