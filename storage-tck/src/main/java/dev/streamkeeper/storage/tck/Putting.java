package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds a {@link Change.Put} step by step. */
final class Putting {

  private final StreamId id;
  private Bytes metadata = Bytes.utf8("metadata");
  private Optional<Instant> due = Optional.empty();
  private final Map<String, Optional<Bytes>> entries = new LinkedHashMap<>();
  private long position;
  private final List<Bytes> appended = new ArrayList<>();

  private Putting(StreamId id) {
    this.id = id;
  }

  static Putting put(StreamId id) {
    return new Putting(id);
  }

  Putting metadata(String text) {
    return metadata(Bytes.utf8(text));
  }

  Putting metadata(Bytes value) {
    metadata = value;
    return this;
  }

  Putting due(Instant at) {
    due = Optional.of(at);
    return this;
  }

  Putting due(Optional<Instant> at) {
    due = at;
    return this;
  }

  Putting entry(String key, String value) {
    return entry(key, Bytes.utf8(value));
  }

  Putting entry(String key, Bytes value) {
    entries.put(key, Optional.of(value));
    return this;
  }

  Putting noEntry(String key) {
    entries.put(key, Optional.empty());
    return this;
  }

  Putting append(long from, Bytes... parts) {
    return append(from, Arrays.asList(parts));
  }

  Putting append(long from, List<Bytes> parts) {
    position = from;
    appended.addAll(parts);
    return this;
  }

  Change.Put build() {
    return new Change.Put(id, metadata, due, entries, position, appended);
  }
}
