package dev.ghost.model;

import dev.ghost.model.Protocol.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
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

  /** What exploring has come to. */
  record Outcome(Optional<Failure> failure, long states, long finished) {}

  private Explorer() {}

  /** Tries every execution; the failure, if there is one, is one of the shortest. */
  static Outcome everything(History history) throws InterruptedException {
    Set<String> known = new HashSet<>();
    Deque<List<Step>> open = new ArrayDeque<>();
    open.add(List.of());
    long finished = 0;
    while (!open.isEmpty()) {
      List<Step> steps = open.poll();
      for (Step next : replayed(history, steps).possible()) {
        Protocol protocol = replayed(history, steps);
        List<Step> longer = new ArrayList<>(steps);
        longer.add(next);
        String wrong = protocol.take(next);
        if (!wrong.isEmpty()) {
          return new Outcome(
              Optional.of(new Failure(history, longer, wrong)), known.size(), finished);
        }
        if (protocol.over()) {
          finished++;
        } else if (known.add(protocol.fingerprint())) {
          open.add(longer);
        }
      }
    }
    return new Outcome(Optional.empty(), known.size(), finished);
  }

  private static Protocol replayed(History history, List<Step> steps) throws InterruptedException {
    Protocol protocol = new Protocol(history);
    for (Step step : steps) {
      protocol.take(step);
    }
    return protocol;
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
