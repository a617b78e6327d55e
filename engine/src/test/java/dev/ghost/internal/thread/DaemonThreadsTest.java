package dev.ghost.internal.thread;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/** A caller's JVM can end, and a thread dump says which threads are ghost's. */
class DaemonThreadsTest {

  @Test
  void threadsAreDaemonsWithNames() {
    ThreadFactory workers = DaemonThreads.numbered("worker");
    Thread first = workers.newThread(() -> {});
    Thread second = workers.newThread(() -> {});
    assertThat(first.isDaemon()).isTrue();
    assertThat(first.getName()).isEqualTo("ghost-worker-1");
    assertThat(second.getName()).isEqualTo("ghost-worker-2");
    assertThat(DaemonThreads.single("stream").newThread(() -> {}).getName())
        .isEqualTo("ghost-stream");
  }
}
