package dev.ghost.cli;

import dev.ghost.api.ServerAddress;
import dev.ghost.api.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Logins where each database's own tools look for them: {@code ~/.my.cnf}; {@code PGUSER}, {@code
 * PGPASSWORD} and {@code ~/.pgpass}. As there, PostgreSQL's user is that of the operating system
 * when none is named.
 *
 * @param user empty when none is found
 * @param password empty when none is found
 */
record DefaultCredentials(String user, String password) {

  /** What may follow a backslash in {@code ~/.my.cnf}, and what it stands for. */
  private static final String ESCAPES = "nrtbs\"'\\";

  private static final String ESCAPED = "\n\r\t\b \"'\\";

  static DefaultCredentials of(String url) {
    return of(url, System::getenv);
  }

  /**
   * The same.
   *
   * @param environment null for a variable that is not set
   */
  static DefaultCredentials of(String url, UnaryOperator<String> environment) {
    ServerAddress address = ServerAddress.parse(url);
    return address.scheme().startsWith("postgres")
        ? postgres(address, environment)
        : mysql(environment);
  }

  private static DefaultCredentials mysql(UnaryOperator<String> environment) {
    Map<String, String> client = new HashMap<>();
    boolean inClient = false;
    for (String line : lines(home(".my.cnf", environment))) {
      String text = line.strip();
      if (text.startsWith("[")) {
        inClient = text.startsWith("[client]");
      } else if (inClient && !text.startsWith("#") && !text.startsWith(";")) {
        String[] pair = text.split("=", 2);
        client.put(pair[0].strip(), pair.length < 2 ? "" : value(pair[1]));
      }
    }
    return new DefaultCredentials(
        client.getOrDefault("user", ""), client.getOrDefault("password", ""));
  }

  /** What the clients of MySQL and MariaDB read: no comment, no quotes, and no escapes. */
  private static String value(String text) {
    return unescaped(unquoted(withoutComment(text).strip()));
  }

  /** A comment may follow the value; within quotes it is none. */
  private static String withoutComment(String text) {
    char quote = 0;
    boolean escaped = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == 0 && c == '#') {
        return text.substring(0, i);
      }
      if (!escaped && (c == '"' || c == '\'') && (quote == 0 || quote == c)) {
        quote = quote == 0 ? c : 0;
      }
      escaped = quote != 0 && c == '\\' && !escaped;
    }
    return text;
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int known = c == '\\' && i + 1 < text.length() ? ESCAPES.indexOf(text.charAt(i + 1)) : -1;
      plain.append(known < 0 ? c : ESCAPED.charAt(known));
      i += known < 0 ? 0 : 1;
    }
    return plain.toString();
  }

  private static String unquoted(String value) {
    boolean quoted =
        value.length() > 1
            && (value.startsWith("\"") || value.startsWith("'"))
            && value.endsWith(value.substring(0, 1));
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  private static DefaultCredentials postgres(
      ServerAddress address, UnaryOperator<String> environment) {
    String user =
        address.user().isEmpty()
            ? Optional.ofNullable(environment.apply("PGUSER"))
                .orElse(System.getProperty("user.name"))
            : address.user();
    String variable = environment.apply("PGPASSWORD");
    return new DefaultCredentials(
        user, variable != null ? variable : passFile(address, user, environment));
  }

  /** {@code host:port:database:user:password}, each but the last can be a star. */
  private static String passFile(
      ServerAddress address, String user, UnaryOperator<String> environment) {
    String named = environment.apply("PGPASSFILE");
    Path file = named != null ? Path.of(named) : home(".pgpass", environment);
    List<String> lines = lines(file);
    if (!lines.isEmpty()) {
      refuseReadableByOthers(file);
    }
    boolean usualSocket = List.of("/var/run/postgresql", "/tmp").contains(address.host());
    List<String> wanted =
        List.of(
            usualSocket ? "localhost" : address.host(),
            Integer.toString(address.port() == 0 ? 5432 : address.port()),
            address.database(),
            user);
    for (String line : lines) {
      List<String> fields = fields(line);
      boolean matches = !line.startsWith("#") && fields.size() == 5;
      for (int i = 0; matches && i < wanted.size(); i++) {
        matches = fields.get(i).equals("*") || fields.get(i).equals(wanted.get(i));
      }
      if (matches) {
        return fields.get(4);
      }
    }
    return "";
  }

  /** Between colons; a backslash takes the next character as it is. */
  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && i + 1 < line.length()) {
        field.append(line.charAt(++i));
      } else if (c == ':' && fields.size() < 4) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }

  /** As PostgreSQL's own tools do, which then do as if there were none. */
  private static void refuseReadableByOthers(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.contains(PosixFilePermission.GROUP_READ)
          || permissions.contains(PosixFilePermission.OTHERS_READ)) {
        throw new UsageException("%s can be read by others.".formatted(file), "chmod 600 " + file);
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static UsageException unreadable(Path file, IOException e) {
    return new UsageException(
        "%s cannot be read: %s".formatted(file, e.getMessage()), "Check who may read it.", e);
  }

  private static Path home(String name, UnaryOperator<String> environment) {
    return Path.of(
        Optional.ofNullable(environment.apply("HOME")).orElse(System.getProperty("user.home")),
        name);
  }
}
