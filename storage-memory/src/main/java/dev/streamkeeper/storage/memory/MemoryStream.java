package dev.streamkeeper.storage.memory;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is stored under a name after one commit.
 *
 * @param entries shared by all commits of the incarnation, to be touched only inside an atomic
 *     update of the stream's place in the map of all streams
 */
record MemoryStream(
    StreamName name,
    StreamId id,
    long version,
    AttemptId attempt,
    Bytes metadata,
    Optional<Instant> due,
    ByteRun bytes,
    Map<String, Bytes> entries) {

  StoredStream withoutEntries() {
    return new StoredStream(name, id, version, attempt, metadata, Map.of());
  }

  StoredStream with(Set<String> keys) {
    Map<String, Bytes> found = new HashMap<>();
    for (String key : keys) {
      Bytes value = entries.get(key);
      if (value != null) {
        found.put(key, value);
      }
    }
    return new StoredStream(name, id, version, attempt, metadata, found);
  }
}
