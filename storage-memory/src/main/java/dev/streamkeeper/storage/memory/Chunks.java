package dev.streamkeeper.storage.memory;

import dev.streamkeeper.stream.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The bytes of one incarnation, by the position where each chunk begins. Thread-safe. */
final class Chunks {

  private final NavigableMap<Long, Bytes> chunks = new TreeMap<>();

  synchronized void append(long position, Bytes chunk) {
    chunks.put(position, chunk);
  }

  /** Exactly a range, or nothing where a part of it is missing. */
  synchronized Optional<Bytes> read(long from, long to) {
    Long first = chunks.floorKey(from);
    if (first == null) {
      return Optional.empty();
    }
    List<Bytes> parts = new ArrayList<>();
    long at = from;
    for (Map.Entry<Long, Bytes> chunk : chunks.tailMap(first, true).entrySet()) {
      long start = chunk.getKey();
      long end = start + chunk.getValue().length();
      if (start > at || end <= at) {
        break;
      }
      parts.add(
          chunk.getValue().slice((int) (at - start), (int) (Math.min(end, to) - start)));
      at = Math.min(end, to);
      if (at == to) {
        return Optional.of(Bytes.concat(parts));
      }
    }
    return Optional.empty();
  }

  /** Drops the chunks that lie wholly within a range; answers how many bytes that freed. */
  synchronized long drop(long from, long to) {
    long freed = 0;
    var candidates = chunks.subMap(from, true, to, false).entrySet().iterator();
    while (candidates.hasNext()) {
      Map.Entry<Long, Bytes> chunk = candidates.next();
      if (chunk.getKey() + chunk.getValue().length() <= to) {
        freed += chunk.getValue().length();
        candidates.remove();
      }
    }
    return freed;
  }

  synchronized long clear() {
    return drop(Long.MIN_VALUE, Long.MAX_VALUE);
  }
}
