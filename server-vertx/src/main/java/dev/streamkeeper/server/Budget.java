package dev.streamkeeper.server;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of bodies and answers that may be in memory at a time. Thread-safe. */
final class Budget {

  private final AtomicLong left;

  Budget(long bytes) {
    left = new AtomicLong(bytes);
  }

  /** Takes some; false if there is not so much left. */
  boolean take(long bytes) {
    if (left.addAndGet(-bytes) >= 0) {
      return true;
    }
    left.addAndGet(bytes);
    return false;
  }

  void give(long bytes) {
    left.addAndGet(bytes);
  }

  long left() {
    return left.get();
  }
}
