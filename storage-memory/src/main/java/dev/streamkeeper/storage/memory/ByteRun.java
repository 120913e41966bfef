package dev.streamkeeper.storage.memory;

import dev.streamkeeper.stream.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one incarnation, in chunks that are filled once and never rewritten, so that what a
 * read returns can share them.
 *
 * <p>Chunks grow with the stream, from a few bytes to {@link #MAX_CHUNK}: a short stream wastes
 * little and a long one has few chunks. Bytes of a chunk's array that were never handed out are
 * exactly those behind the growing chunk's end; a chunk whose last bytes were reclaimed therefore
 * grows no more.
 *
 * <p>Thread-safe; the lock is held for finding and filling chunks, not for joining them.
 */
final class ByteRun {

  private static final int MIN_CHUNK = 64;
  private static final int MAX_CHUNK = 256 * 1024;

  /** By position, not overlapping, none empty; holes are what was reclaimed or never written. */
  private final ArrayList<Chunk> chunks = new ArrayList<>();

  private @Nullable Chunk growing;
  private long end;
  private long kept;
  private boolean counted = true;

  /** Where the next append may begin at the earliest: bytes never change. */
  synchronized long end() {
    return end;
  }

  /**
   * Exchanges these bytes, which still stay readable, for others in a quota.
   *
   * @return false, with nothing changed, if there is not enough room
   */
  synchronized boolean exchange(Quota quota, long added) {
    if (!quota.exchange(added, counted ? kept : 0)) {
      return false;
    }
    counted = false;
    return true;
  }

  /** Adds parts behind everything that was ever added. */
  synchronized void append(long position, List<Bytes> parts, long total) {
    if (position != end) {
      growing = null;
      end = position;
    }
    long left = total;
    for (Bytes part : parts) {
      int done = 0;
      while (done < part.length()) {
        Chunk chunk = growing;
        if (chunk == null || chunk.room() == 0) {
          long wanted = Math.max(Math.max(kept, left), MIN_CHUNK);
          chunk = new Chunk(end, new byte[(int) Math.min(wanted, MAX_CHUNK)], 0, 0);
          chunks.add(chunk);
          growing = chunk;
        }
        int length = Math.min(chunk.room(), part.length() - done);
        part.slice(done, done + length).copyTo(chunk.array, chunk.to);
        chunk.to += length;
        done += length;
        end += length;
        kept += length;
        left -= length;
      }
    }
  }

  /** The bytes of a range, or empty if not all of them are here. */
  Optional<Bytes> read(long from, long to) {
    List<Bytes> slices = new ArrayList<>(2);
    synchronized (this) {
      long at = from;
      for (int i = indexOf(from); i < chunks.size() && at < to; i++) {
        Chunk chunk = chunks.get(i);
        if (chunk.start > at) {
          return Optional.empty();
        }
        long stop = Math.min(to, chunk.end());
        slices.add(chunk.slice(at, stop));
        at = stop;
      }
      if (at < to) {
        return Optional.empty();
      }
    }
    return Optional.of(Bytes.concat(slices));
  }

  /**
   * Forgets a range.
   *
   * @return how many bytes of a quota are free now
   */
  synchronized long reclaim(long from, long to) {
    int first = indexOf(from);
    int behind = first;
    List<Chunk> rest = new ArrayList<>(2);
    long freed = 0;
    while (behind < chunks.size() && chunks.get(behind).start < to) {
      Chunk chunk = chunks.get(behind++);
      freed += Math.min(to, chunk.end()) - Math.max(from, chunk.start);
      if (chunk.start < from) {
        rest.add(trimmed(chunk.cut(chunk.start, from)));
      }
      if (chunk.end() > to) {
        Chunk right = chunk.cut(to, chunk.end());
        if (chunk == growing && right.from <= right.array.length / 2) {
          growing = right;
          rest.add(right);
        } else {
          rest.add(trimmed(right));
        }
      }
      if (chunk == growing) {
        growing = null;
      }
    }
    List<Chunk> replaced = chunks.subList(first, behind);
    replaced.clear();
    replaced.addAll(rest);
    kept -= freed;
    return counted ? freed : 0;
  }

  /**
   * Forgets everything.
   *
   * @return how many bytes of a quota are free now
   */
  long drop() {
    return reclaim(0, Long.MAX_VALUE);
  }

  /** Index of the first chunk that ends behind a position. */
  private int indexOf(long position) {
    int low = 0;
    int high = chunks.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (chunks.get(middle).end() <= position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Copies what is left of a chunk when most of its array is dead; halving pays for the copies. */
  private static Chunk trimmed(Chunk chunk) {
    int length = chunk.to - chunk.from;
    if (length > chunk.array.length / 2) {
      return chunk;
    }
    return new Chunk(chunk.start, chunk.slice(chunk.start, chunk.end()).toByteArray(), 0, length);
  }

  /**
   * The bytes {@code from} to {@code to} of an array, which stand at the position {@code start}.
   */
  private static final class Chunk {

    final long start;
    final byte[] array;
    final int from;
    int to;

    Chunk(long start, byte[] array, int from, int to) {
      this.start = start;
      this.array = array;
      this.from = from;
      this.to = to;
    }

    long end() {
      return start + (to - from);
    }

    int room() {
      return array.length - to;
    }

    Bytes slice(long first, long last) {
      int shift = (int) (first - start) + from;
      return Bytes.wrap(array).slice(shift, shift + (int) (last - first));
    }

    Chunk cut(long first, long last) {
      int shift = (int) (first - start) + from;
      return new Chunk(first, array, shift, shift + (int) (last - first));
    }
  }
}
