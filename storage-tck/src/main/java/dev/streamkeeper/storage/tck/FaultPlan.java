package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.AttemptId;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Draws what happens to operations. Each kind of operation always draws the same number of random
 * numbers, so that changing one rate does not shuffle everything else.
 */
final class FaultPlan {

  private static final int LONGEST_DELAY = 20;
  private static final int LONGEST_LATENESS = 100;

  private final SplittableRandom random;
  private final Map<Fault, Double> rates = new EnumMap<>(Fault.class);

  FaultPlan(long seed) {
    random = new SplittableRandom(seed);
  }

  synchronized void set(Fault fault, double rate) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException("a rate is 0 to 1: " + rate);
    }
    rates.put(fault, rate);
  }

  synchronized void clear() {
    rates.clear();
  }

  synchronized ForCommit forCommit() {
    double ending = random.nextDouble();
    boolean conflict = happens(Fault.CONFLICT);
    AttemptId competitor = new AttemptId(random.nextLong(), random.nextLong());
    int late = random.nextInt(1, LONGEST_LATENESS + 1);
    return new ForCommit(
        firstOf(
            ending,
            Fault.UNAVAILABLE,
            Fault.FULL,
            Fault.UNKNOWN_LOST,
            Fault.UNKNOWN_LATE,
            Fault.UNKNOWN_APPLIED),
        conflict,
        competitor,
        late,
        delay());
  }

  synchronized ForReading forReading() {
    boolean fails = happens(Fault.READ_FAILURE);
    boolean staleList = happens(Fault.STALE_LIST);
    boolean staleDue = happens(Fault.STALE_DUE);
    return new ForReading(fails, staleList, staleDue, delay());
  }

  synchronized ForHint forHint() {
    boolean lost = happens(Fault.LOST_HINT);
    boolean late = happens(Fault.LATE_HINT);
    int ticks = random.nextInt(1, LONGEST_LATENESS + 1);
    return new ForHint(lost, late ? ticks : 0);
  }

  private Delay delay() {
    boolean delayed = happens(Fault.DELAY);
    int before = random.nextInt(LONGEST_DELAY + 1);
    int after = random.nextInt(LONGEST_DELAY + 1);
    return delayed ? new Delay(before, after) : Delay.NONE;
  }

  private boolean happens(Fault fault) {
    return random.nextDouble() < rates.getOrDefault(fault, 0.0);
  }

  private Optional<Fault> firstOf(double drawn, Fault... faults) {
    double below = 0;
    for (Fault fault : faults) {
      below += rates.getOrDefault(fault, 0.0);
      if (drawn < below) {
        return Optional.of(fault);
      }
    }
    return Optional.empty();
  }

  /** Ticks to wait before an operation begins and before it is answered. */
  record Delay(int before, int after) {
    static final Delay NONE = new Delay(0, 0);
  }

  /**
   * What happens to a commit.
   *
   * @param ending one of the unknown outcomes or failures
   * @param conflict whether another writer comes first
   * @param competitor that writer's attempt
   * @param late ticks after which a late commit is tried
   */
  record ForCommit(
      Optional<Fault> ending, boolean conflict, AttemptId competitor, int late, Delay delay) {}

  /** What happens to a load, read, listing, search or reclaim. */
  record ForReading(boolean fails, boolean staleList, boolean staleDue, Delay delay) {}

  /** What happens to a hint. */
  record ForHint(boolean lost, int late) {}
}
