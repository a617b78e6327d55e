package dev.ghost.model;

import dev.ghost.model.Protocol.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Tries the executions of a history: all of them, the shorter ones first; or some at random. An
 * execution is known by the steps that were taken, and is run again from the beginning to go on.
 */
final class Explorer {

  /** Steps that end in a lost row, and what is wrong then. */
  record Failure(History history, List<Step> steps, String what) {
    @Override
    public String toString() {
      StringBuilder text = new StringBuilder(what).append(" after");
      steps.forEach(s -> text.append("\n  ").append(s));
      return text.append("\nin ").append(history).toString();
    }
  }

  /**
   * What exploring has come to.
   *
   * @param finished executions that have come to their end
   * @param alarmed those of them that the comparison has ended
   */
  record Outcome(Optional<Failure> failure, long finished, long alarmed) {}

  private Explorer() {}

  /** Executions of these histories; the failure, if there is one, is one of the shortest. */
  static Outcome everything(List<History> histories) throws InterruptedException {
    Map<History, Set<String>> known = new HashMap<>();
    Deque<Execution> open = new ArrayDeque<>();
    histories.forEach(h -> open.add(new Execution(h, List.of())));
    long finished = 0;
    long alarmed = 0;
    while (!open.isEmpty()) {
      Execution execution = open.poll();
      Protocol protocol = execution.replayed();
      for (Step next : protocol.possible()) {
        protocol = protocol == null ? execution.replayed() : protocol;
        Execution longer = execution.and(next);
        String wrong = protocol.take(next);
        if (!wrong.isEmpty()) {
          Failure failure = new Failure(longer.history(), longer.steps(), wrong);
          return new Outcome(Optional.of(failure), finished, alarmed);
        }
        if (protocol.over()) {
          finished++;
          alarmed += protocol.alarmed() ? 1 : 0;
        } else if (known
            .computeIfAbsent(execution.history(), h -> new HashSet<>())
            .add(protocol.fingerprint())) {
          open.add(longer);
        }
        protocol = null;
      }
    }
    return new Outcome(Optional.empty(), finished, alarmed);
  }

  /** The first steps of one. */
  private record Execution(History history, List<Step> steps) {

    Execution and(Step next) {
      List<Step> longer = new ArrayList<>(steps);
      longer.add(next);
      return new Execution(history, longer);
    }

    Protocol replayed() throws InterruptedException {
      Protocol protocol = new Protocol(history);
      for (Step step : steps) {
        protocol.take(step);
      }
      return protocol;
    }
  }

  /** Tries one execution at random, to its end. */
  static Optional<Failure> random(History history, Random random) throws InterruptedException {
    Protocol protocol = new Protocol(history);
    List<Step> steps = new ArrayList<>();
    while (!protocol.over()) {
      List<Step> possible = protocol.possible();
      if (possible.isEmpty()) {
        return Optional.of(new Failure(history, steps, "nothing can go on"));
      }
      Step next = possible.get(random.nextInt(possible.size()));
      steps.add(next);
      String wrong = protocol.take(next);
      if (!wrong.isEmpty()) {
        return Optional.of(new Failure(history, steps, wrong));
      }
    }
    return Optional.empty();
  }
}
