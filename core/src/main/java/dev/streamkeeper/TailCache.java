package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The newest bytes of one stream, so that an append that wakes many readers is not read back from
 * the storage for each of them. Not thread-safe: belongs to its stream's queue.
 */
final class TailCache {

  private static final int MAX_BYTES_PER_STREAM = 256 * 1024;

  private final AtomicLong budget;
  private final Deque<Bytes> parts = new ArrayDeque<>();
  private long from;
  private long size;

  /**
   * An empty cache.
   *
   * @param budget bytes that all caches together may still take
   */
  TailCache(AtomicLong budget) {
    this.budget = budget;
  }

  /** Adds what was appended at a position; forgets everything else if it does not follow. */
  void append(long position, Bytes appended) {
    if (position != from + size) {
      clear();
      from = position;
    }
    if (!take(appended.length())) {
      clear();
      from = position + appended.length();
      return;
    }
    parts.addLast(appended);
    size += appended.length();
    while (size > MAX_BYTES_PER_STREAM) {
      forgetOldest();
    }
  }

  /** The bytes from a position to the end, if they are all here and not more than {@code max}. */
  Optional<Bytes> read(long position, long tail, int max) {
    if (position < from || from + size != tail || tail - position > max) {
      return Optional.empty();
    }
    Deque<Bytes> found = new ArrayDeque<>();
    long start = tail;
    for (var newest = parts.descendingIterator(); start > position; ) {
      Bytes part = newest.next();
      start -= part.length();
      found.addFirst(start < position ? part.slice((int) (position - start), part.length()) : part);
    }
    return Optional.of(Bytes.concat(List.copyOf(found)));
  }

  void clear() {
    budget.addAndGet(size);
    parts.clear();
    from += size;
    size = 0;
  }

  private boolean take(int bytes) {
    if (bytes > MAX_BYTES_PER_STREAM) {
      return false;
    }
    if (budget.addAndGet(-bytes) >= 0) {
      return true;
    }
    budget.addAndGet(bytes);
    return false;
  }

  private void forgetOldest() {
    Bytes oldest = parts.removeFirst();
    from += oldest.length();
    size -= oldest.length();
    budget.addAndGet(oldest.length());
  }
}
