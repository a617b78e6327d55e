package dev.ghost.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code ghost} command as a process of its own. */
final class Launcher implements AutoCloseable {

  /** No more compiling than so short a life is worth. */
  private static final String QUICK = "-XX:TieredStopAtLevel=1";

  /** Where cli/src/main/cds/record wants to have lists of the classes that are loaded. */
  private static final Optional<String> LISTS =
      Optional.ofNullable(System.getProperty("ghost.classes"));

  private final Process process;
  private final List<String> output = new ArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  private Launcher(Process process) {
    this.process = process;
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                  add(line);
                }
              } catch (IOException e) {
                add("reading failed: " + e);
              }
              ended.countDown();
            },
            "launcher-output");
    reader.setDaemon(true);
    reader.start();
  }

  static Launcher start(String... arguments) throws IOException {
    return start(Map.of("GHOST_PASSWORD", Server.PASSWORD), arguments);
  }

  /** Alters the table {@code t} of a schema, and says in JSON how it goes. */
  static Launcher alter(Schema schema, String change, String... more) throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("alter", "--url", schema.url(), "--table", "t", "--alter", change));
    arguments.addAll(List.of("--output", "json"));
    arguments.addAll(List.of(more));
    return start(arguments.toArray(String[]::new));
  }

  /** With an environment of the caller's. */
  static Launcher start(Map<String, String> environment, String... arguments) throws IOException {
    return start(Path.of(System.getProperty("ghost.home")), environment, arguments);
  }

  /** With the {@code ghost} of another folder. */
  static Launcher start(Path home, Map<String, String> environment, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("ghost").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    // Most tests are about ghosts, also where the server could make the change by itself.
    builder.environment().put("GHOST_STRATEGY", "ghost");
    builder.environment().put("GHOST_FULL_SPEED", "true");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JAVA_OPTS", environment.getOrDefault("JAVA_OPTS", QUICK));
    LISTS.ifPresent(
        folder ->
            builder
                .environment()
                .merge(
                    "JAVA_OPTS",
                    "-Xshare:off -XX:DumpLoadedClassList=%s/%%p.lst".formatted(folder),
                    (a, b) -> a + " " + b));
    return new Launcher(builder.start());
  }

  private synchronized void add(String line) {
    output.add(line);
    notifyAll();
  }

  /** Waits until a line of the output contains a text. */
  void awaitLine(String text) throws InterruptedException {
    awaitLines(1, text);
  }

  /** Waits until so many lines of the output contain a text. */
  synchronized void awaitLines(int count, String text) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (output.stream().filter(l -> l.contains(text)).count() < count) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || (!process.isAlive() && ended.getCount() == 0)) {
        throw new AssertionError("no line with " + text + " in:\n" + String.join("\n", output));
      }
      wait(Math.min(200, left / 1_000_000 + 1));
    }
  }

  /** Waits for the end. */
  int exitCode() throws InterruptedException {
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end:\n" + output());
    }
    ended.await();
    return process.exitValue();
  }

  synchronized String output() {
    return String.join("\n", output);
  }

  /** The phase that the last line with one names; of output as JSON. */
  synchronized String phase() {
    Pattern named = Pattern.compile("\"phase\":\"([a-z]+)\"");
    String phase = "";
    for (String line : output) {
      Matcher matcher = named.matcher(line);
      phase = matcher.find() ? matcher.group(1) : phase;
    }
    return phase;
  }

  /** As kill -9 does. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    exitCode();
  }

  /** As when the machine is paused, or its memory collected for too long. */
  void pause() throws Exception {
    signal("STOP");
  }

  /** After {@link #pause}. */
  void goOn() throws Exception {
    signal("CONT");
  }

  private void signal(String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
    if (kill.waitFor() != 0) {
      throw new IllegalStateException("kill -%s failed".formatted(name));
    }
  }

  /** As SIGTERM does. */
  void terminate() {
    // Not Process.destroy, which would close its output as well.
    process.toHandle().destroy();
  }

  @Override
  public void close() throws InterruptedException {
    if (process.isAlive()) {
      kill();
    }
  }
}
