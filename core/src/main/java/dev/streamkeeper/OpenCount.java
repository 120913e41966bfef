package dev.streamkeeper;

/** Counts what is under way, until nothing more may begin. Thread-safe. */
final class OpenCount {

  private long count;
  private boolean closed;

  /** Counts one more, unless closed. */
  synchronized boolean open() {
    if (closed) {
      return false;
    }
    count++;
    return true;
  }

  synchronized void done() {
    count--;
    if (count == 0) {
      notifyAll();
    }
  }

  /** Lets nothing more begin; false if that was so before. */
  synchronized boolean close() {
    boolean first = !closed;
    closed = true;
    return first;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Waits until everything that began is done. */
  synchronized void awaitZero() {
    boolean interrupted = false;
    while (count > 0) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
