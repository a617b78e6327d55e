package dev.ghost.internal.throttle;

/**
 * How many workers an application can stand beside it, found by measuring: a small commit takes
 * longer beside the workers' chunks than while they rest, and so do the application's. Not
 * thread-safe.
 *
 * <p>The harm is the additional time of a commit as a part of what it takes at rest, multiplied by
 * the part of the time in which workers are at work. It may be three tenths; more, where only now
 * and then somebody is there to feel it. The idea is that of a background transport that gives way
 * to others by the delay that it causes (LEDBAT, RFC 6817); here the delay without it is measured,
 * too.
 */
final class WorkerBudget {

  /** Less than a whole worker works for a part of the time. */
  static final double LEAST = 1.0 / 3;

  private static final double HARM = 0.3;

  /** Sessions at work, on the average, that are too few for less effort. */
  private static final double FEW = 0.1;

  private static final int ENOUGH = 10;

  /** What a measurement counts against those before. */
  private static final double NEWEST = 0.05;

  private static final double BUSY_NEWEST = 0.1;

  private final Mean atWork = new Mean();
  private final Mean atRest = new Mean();
  private double busy;
  private double workers = LEAST;

  /** A moving average that an odd one out does not move far. */
  private static final class Mean {
    double value;
    int count;

    void add(double next) {
      double limited = count < ENOUGH ? next : Math.min(next, 10 * value);
      double weight = Math.max(NEWEST, 1.0 / (count + 1));
      value += (limited - value) * weight;
      count++;
    }
  }

  /** So many sessions of others are at work. */
  void elsewhere(int sessions) {
    busy += (sessions - busy) * BUSY_NEWEST;
  }

  /** A commit beside a chunk took so long. */
  void besideWork(double time) {
    atWork.add(time);
  }

  /** A commit without a chunk beside it took so long. */
  void atRest(double time) {
    atRest.add(time);
  }

  /** Workers to go on with; less than one for a part of the time. */
  double workers() {
    return workers;
  }

  /** Begins again with somebody who was not there before. */
  void meet() {
    workers = LEAST;
  }

  /**
   * Learns from what was measured. Goes down by half at the most, and up by a quarter.
   *
   * @param most workers that there are
   */
  void learn(int most) {
    if (atWork.count < ENOUGH || atRest.count < ENOUGH) {
      return;
    }
    double delay = Math.max(0, atWork.value / atRest.value - 1) / whole();
    double harm = HARM / Math.max(FEW, Math.min(1, busy));
    double wanted = delay == 0 ? most : harm / delay;
    workers = Math.max(workers / 2, Math.min(workers * 1.25, wanted));
    workers = Math.max(LEAST, Math.min(most, workers));
  }

  /** How many of the workers may work at once. */
  int whole() {
    return Math.max(1, (int) workers);
  }

  /** Part of the time that they may work. */
  double part() {
    return Math.min(1, workers);
  }
}
