package dev.ghost.internal.throttle;

import dev.ghost.api.UsageException;
import dev.ghost.internal.dialect.ServerStats;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The probes that there are. */
public final class Probes {

  private static final Duration HTTP_LIMIT = Duration.ofSeconds(1);
  private static final int HTTP_OK = 200;

  private Probes() {}

  /** A figure of the server's load beyond its limit. */
  public static List<Probe> load(ServerStats stats, Map<String, Double> limits) {
    List<Probe> probes = new ArrayList<>();
    limits.forEach(
        (name, limit) ->
            probes.add(
                session -> {
                  OptionalDouble value = session.transaction(c -> stats.load(c, name));
                  if (value.isEmpty()) {
                    throw new UsageException(
                        "The server knows no figure of load named " + name + ".",
                        stats.loadFigures());
                  }
                  return value.getAsDouble() > limit
                      ? Optional.of(
                          "%s is %s, more than %s"
                              .formatted(name, shown(value.getAsDouble()), shown(limit)))
                      : Optional.empty();
                }));
    return probes;
  }

  /** A query of the user's whose first value is not zero. */
  public static Probe query(ServerStats stats, String sql) {
    return session -> {
      double value = session.transaction(c -> stats.ask(c, sql));
      return value != 0 ? Optional.of("the throttle query says " + shown(value)) : Optional.empty();
    };
  }

  /** A file that is there. */
  public static Probe file(Path path) {
    return session ->
        Files.exists(path) ? Optional.of("the file " + path + " is there") : Optional.empty();
  }

  /**
   * An address that answers a HEAD request with anything else than 200, or does not answer within a
   * second.
   */
  public static Probe http(URI address) {
    HttpClient client = HttpClient.newBuilder().connectTimeout(HTTP_LIMIT).build();
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .method("HEAD", HttpRequest.BodyPublishers.noBody())
            .timeout(HTTP_LIMIT)
            .build();
    return session -> {
      try {
        int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        return status == HTTP_OK
            ? Optional.empty()
            : Optional.of("%s says %d".formatted(address, status));
      } catch (IOException e) {
        return Optional.of("%s does not answer: %s".formatted(address, e));
      }
    };
  }

  /** A time of the day that it is not. */
  public static Probe window(TimeWindow window) {
    return session ->
        window.open() ? Optional.empty() : Optional.of("it is not the time for it, " + window);
  }

  private static String shown(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
