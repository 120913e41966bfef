package dev.streamkeeper.storage.tck;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Things to be done later, in the order of a logical time that counts in ticks. They are done by
 * whoever calls {@link #step}, or by a thread that takes a tick for a tenth of a millisecond.
 *
 * <p>Things planned for the same tick are done in the order they were planned, one at a time.
 */
final class Timeline {

  private static final long TICK_NANOS = 100_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Held while a thing is done, so that two threads that step do not overtake each other. */
  private final ReentrantLock turn = new ReentrantLock();

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::tick).thenComparingLong(Event::number));
  private long now;
  private long planned;
  private boolean stopped;

  /** The tick of what was done last. */
  long now() {
    lock.lock();
    try {
      return now;
    } finally {
      lock.unlock();
    }
  }

  void at(long tick, Runnable action) {
    lock.lock();
    try {
      events.add(new Event(Math.max(tick, now), planned++, action));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Does the next thing.
   *
   * @return false if there is none
   */
  boolean step() {
    turn.lock();
    try {
      Event event = poll();
      if (event == null) {
        return false;
      }
      event.action().run();
      return true;
    } finally {
      turn.unlock();
    }
  }

  private @Nullable Event poll() {
    lock.lock();
    try {
      Event event = events.poll();
      if (event != null) {
        now = event.tick();
      }
      return event;
    } finally {
      lock.unlock();
    }
  }

  /** Lets a daemon thread do what is planned, until {@link #stop}. */
  void startThread() {
    Thread thread = new Thread(this::run, "faulty-storage");
    thread.setDaemon(true);
    thread.start();
  }

  /** Ends the thread; what is still planned can be done with {@link #step}. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      while (awaitNext()) {
        step();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean awaitNext() throws InterruptedException {
    lock.lock();
    try {
      while (!stopped && events.isEmpty()) {
        changed.await();
      }
      Event next = events.peek();
      if (!stopped && next != null) {
        long nanos = (next.tick() - now) * TICK_NANOS;
        while (nanos > 0 && !stopped && !events.isEmpty()) {
          nanos = changed.awaitNanos(nanos);
        }
      }
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private record Event(long tick, long number, Runnable action) {}
}
