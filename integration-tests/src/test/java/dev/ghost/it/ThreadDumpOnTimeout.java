package dev.ghost.it;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * Has the failure of a test that took too long say where its threads stood: of what CI prints, the
 * list of failures at the end is all that is certain to be read.
 */
public final class ThreadDumpOnTimeout
    implements PreInterruptCallback, TestExecutionExceptionHandler {

  private static final Namespace OURS = Namespace.create(ThreadDumpOnTimeout.class);
  private static final int FRAMES = 4;

  @Override
  public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext test) {
    test.getStore(OURS).put(Thread.class, threads());
  }

  @Override
  public void handleTestExecutionException(ExtensionContext test, Throwable e) throws Throwable {
    String threads = test.getStore(OURS).get(Thread.class, String.class);
    if (e instanceof TimeoutException && threads != null) {
      throw new TimeoutException(e.getMessage() + threads).initCause(e);
    }
    throw e;
  }

  private static String threads() {
    return Thread.getAllStackTraces().entrySet().stream()
        .map(ThreadDumpOnTimeout::thread)
        .filter(t -> !t.isEmpty())
        .sorted()
        .collect(joining());
  }

  /** Our own frames on top of a thread's stack; empty when it has none. */
  private static String thread(Map.Entry<Thread, StackTraceElement[]> thread) {
    String frames =
        Arrays.stream(thread.getValue())
            .filter(f -> f.getClassName().startsWith("dev.ghost."))
            .limit(FRAMES)
            .map(
                f ->
                    "\n    %s.%s:%d"
                        .formatted(f.getClassName(), f.getMethodName(), f.getLineNumber()))
            .collect(joining());
    return frames.isEmpty() ? "" : "\n  " + thread.getKey().getName() + frames;
  }
}
