package dev.ghost.model;

import dev.ghost.model.Protocol.Step;
import java.util.ArrayList;
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

  /**
   * What exploring has come to.
   *
   * @param finished executions that have come to their end
   * @param alarmed those of them that the comparison has ended
   */
  record Outcome(Optional<Failure> failure, long finished, long alarmed) {}

  private Explorer() {}

  /** Executions of these histories; the failure, if there is one, is one of the shortest. */
  static Outcome everything(List<History> histories) {
    List<Execution> open =
        histories.stream().map(h -> new Execution(h, List.of(), new HashSet<>())).toList();
    long finished = 0;
    long alarmed = 0;
    while (!open.isEmpty()) {
      // All of one length, on all cores; what is known is looked up in their order.
      List<Longer> all = open.parallelStream().flatMap(e -> e.longer().stream()).toList();
      List<Execution> next = new ArrayList<>();
      for (Longer one : all) {
        Execution execution = one.execution();
        if (!one.wrong().isEmpty()) {
          Failure failure = new Failure(execution.history(), execution.steps(), one.wrong());
          return new Outcome(Optional.of(failure), finished, alarmed);
        }
        if (one.over()) {
          finished++;
          alarmed += one.alarmed() ? 1 : 0;
        } else if (execution.known().add(one.fingerprint())) {
          next.add(execution);
        }
      }
      open = next;
    }
    return new Outcome(Optional.empty(), finished, alarmed);
  }

  /** An execution, and what it has come to. */
  private record Longer(
      Execution execution, String wrong, boolean over, boolean alarmed, String fingerprint) {}

  /**
   * The first steps of one.
   *
   * @param known what executions of this history have come to
   */
  private record Execution(History history, List<Step> steps, Set<String> known) {

    /** With each of the steps that can come next. */
    List<Longer> longer() {
      List<Longer> all = new ArrayList<>();
      Protocol protocol = replayed();
      for (Step next : protocol.possible()) {
        protocol = all.isEmpty() ? protocol : replayed();
        String wrong = protocol.take(next);
        List<Step> longer = new ArrayList<>(steps);
        longer.add(next);
        all.add(
            new Longer(
                new Execution(history, longer, known),
                wrong,
                protocol.over(),
                protocol.alarmed(),
                protocol.fingerprint()));
      }
      return all;
    }

    private Protocol replayed() {
      Protocol protocol = new Protocol(history);
      for (Step step : steps) {
        protocol.take(step);
      }
      return protocol;
    }
  }

  /** Tries one execution at random, to its end. */
  static Optional<Failure> random(History history, Random random) {
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
