package dev.streamkeeper.storage.memory;

import java.util.concurrent.atomic.AtomicLong;

/** Counts the bytes that all streams hold, up to a limit. */
final class Quota {

  private final long limit;
  private final AtomicLong used = new AtomicLong();

  Quota(long limit) {
    this.limit = limit;
  }

  /**
   * Takes room for bytes that replace others.
   *
   * @param freed bytes that go away in the same moment
   * @return false, with nothing taken, if there is not enough room
   */
  boolean exchange(long added, long freed) {
    if (added <= freed) {
      used.addAndGet(added - freed);
      return true;
    }
    long grown = added - freed;
    while (true) {
      long now = used.get();
      if (grown > limit - now) {
        return false;
      }
      if (used.compareAndSet(now, now + grown)) {
        return true;
      }
    }
  }

  void free(long bytes) {
    used.addAndGet(-bytes);
  }

  @Override
  public String toString() {
    return used + " of " + limit + " bytes";
  }
}
