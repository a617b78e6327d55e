package dev.ghost.internal.change;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * The numbers of the transactions whose events have arrived and that have not been found visible
 * yet. Thread-safe.
 */
final class ArrivedTransactions {

  private final Set<Long> numbers = new HashSet<>();

  synchronized void arrive(long number) {
    numbers.add(number);
  }

  synchronized Set<Long> now() {
    return Set.copyOf(numbers);
  }

  synchronized void visible(Collection<Long> seen) {
    numbers.removeAll(seen);
  }
}
