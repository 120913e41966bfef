package dev.streamkeeper.storage.memory;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Capabilities;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Streams in maps. Every operation is done when it returns. A stream's changes and lookups happen
 * under one of a few locks, chosen by its name.
 */
final class MemoryStorage implements StreamStorage {

  private static final int MAX_COMMIT_BYTES = 64 * 1024 * 1024;
  private static final int LOCKS = 64;

  private final long maxBytes;
  private final AtomicLong usedBytes = new AtomicLong();
  private final Object[] locks = IntStream.range(0, LOCKS).mapToObj(i -> new Object()).toArray();
  private final ConcurrentNavigableMap<String, Kept> streams =
      new ConcurrentSkipListMap<>(StreamName.UTF8_ORDER);
  private final Map<StreamId, Chunks> bytes = new ConcurrentHashMap<>();
  private final ConcurrentSkipListSet<Due> dues =
      new ConcurrentSkipListSet<>(Comparator.comparing(Due::when).thenComparing(Due::name));
  private volatile boolean closed;

  /** What is kept of a stream beside its bytes; replaced as a whole, except for the entries. */
  private record Kept(
      StreamId id,
      long version,
      AttemptId attempt,
      Bytes metadata,
      Optional<Instant> due,
      Map<String, Bytes> entries) {}

  private record Due(Instant when, StreamName name) {}

  MemoryStorage(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(false, false, MAX_COMMIT_BYTES, Duration.ZERO);
  }

  @Override
  public CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries) {
    return answer(
        () -> {
          synchronized (lockOf(name)) {
            return view(name, streams.get(name.value()), entries);
          }
        });
  }

  @Override
  public CompletionStage<CommitOutcome> commit(Commit commit) {
    return answer(
        () -> {
          synchronized (lockOf(commit.name())) {
            Kept before = streams.get(commit.name().value());
            if (!isExpected(before, commit.expected())) {
              Set<String> keys =
                  commit.change() instanceof Change.Put put ? put.entries().keySet() : Set.of();
              return new CommitOutcome.Conflict(view(commit.name(), before, keys));
            }
            return new CommitOutcome.Applied(
                commit.change() instanceof Change.Put put
                    ? put(commit, put, before)
                    : remove(commit.name(), before));
          }
        });
  }

  private static boolean isExpected(@Nullable Kept kept, Expected expected) {
    if (kept == null) {
      return expected instanceof Expected.Absent;
    }
    return expected.equals(new Expected.Version(kept.id(), kept.version()));
  }

  private long put(Commit commit, Change.Put put, @Nullable Kept before) {
    reserve(put.appendedBytes());
    boolean continues = before != null && before.id().equals(put.id());
    Map<String, Bytes> entries =
        continues && before != null ? before.entries() : new HashMap<>();
    put.entries()
        .forEach(
            (key, value) -> {
              if (value.isPresent()) {
                entries.put(key, value.get());
              } else {
                entries.remove(key);
              }
            });
    if (!put.appended().isEmpty()) {
      bytes
          .computeIfAbsent(put.id(), absent -> new Chunks())
          .append(put.position(), Bytes.concat(put.appended()));
    }
    long version = before == null ? 1 : before.version() + 1;
    streams.put(
        commit.name().value(),
        new Kept(put.id(), version, commit.attempt(), put.metadata(), put.due(), entries));
    replaceDue(commit.name(), before, put.due());
    if (before != null && !continues) {
      forget(before.id());
    }
    return version;
  }

  private long remove(StreamName name, @Nullable Kept before) {
    streams.remove(name.value());
    replaceDue(name, before, Optional.empty());
    if (before != null) {
      forget(before.id());
    }
    return 0;
  }

  private void replaceDue(StreamName name, @Nullable Kept before, Optional<Instant> due) {
    if (before != null && !before.due().equals(due)) {
      before.due().ifPresent(when -> dues.remove(new Due(when, name)));
    }
    due.ifPresent(when -> dues.add(new Due(when, name)));
  }

  private void reserve(long wanted) {
    if (wanted > 0 && usedBytes.addAndGet(wanted) > maxBytes) {
      usedBytes.addAndGet(-wanted);
      throw new StorageException(
          Reason.FULL, "the memory storage may keep " + maxBytes + " bytes, which are used up");
    }
  }

  private void forget(StreamId id) {
    Chunks gone = bytes.remove(id);
    if (gone != null) {
      usedBytes.addAndGet(-gone.clear());
    }
  }

  @Override
  public CompletionStage<Bytes> read(StreamId id, long from, long to) {
    return answer(
        () -> {
          Chunks chunks = bytes.get(id);
          Optional<Bytes> found =
              from == to
                  ? Optional.of(Bytes.EMPTY)
                  : chunks == null ? Optional.empty() : chunks.read(from, to);
          return found.orElseThrow(
              () ->
                  new StorageException(
                      Reason.CORRUPT,
                      "stream " + id + " has no bytes at " + from + " to " + to));
        });
  }

  @Override
  public CompletionStage<List<StoredStream>> list(String prefix, String after, int limit) {
    return answer(
        () -> {
          List<StoredStream> found = new ArrayList<>();
          String from = StreamName.UTF8_ORDER.compare(after, prefix) > 0 ? after : prefix;
          for (Map.Entry<String, Kept> each : streams.tailMap(from, true).entrySet()) {
            String name = each.getKey();
            if (found.size() == limit || !name.startsWith(prefix)) {
              break;
            }
            if (!name.equals(after)) {
              view(new StreamName(name), each.getValue(), Set.of()).ifPresent(found::add);
            }
          }
          return found;
        });
  }

  @Override
  public CompletionStage<List<StreamName>> due(Instant now, int limit) {
    return answer(
        () ->
            dues.stream()
                .takeWhile(due -> !due.when().isAfter(now))
                .limit(limit)
                .map(Due::name)
                .toList());
  }

  @Override
  public CompletionStage<Void> reclaim(StreamId id, long from, long to) {
    return answer(
        () -> {
          Chunks chunks = bytes.get(id);
          if (chunks != null) {
            usedBytes.addAndGet(-chunks.drop(from, to));
          }
          return null;
        });
  }

  @Override
  public Watch watch(Consumer<StreamName> hint) {
    return () -> {};
  }

  @Override
  public void close() {
    closed = true;
    streams.clear();
    bytes.clear();
    dues.clear();
  }

  private Object lockOf(StreamName name) {
    return locks[Math.floorMod(name.hashCode(), LOCKS)];
  }

  private static Optional<StoredStream> view(
      StreamName name, @Nullable Kept kept, Set<String> keys) {
    if (kept == null) {
      return Optional.empty();
    }
    Map<String, Bytes> entries = new HashMap<>();
    for (String key : keys) {
      Bytes value = kept.entries().get(key);
      if (value != null) {
        entries.put(key, value);
      }
    }
    return Optional.of(
        new StoredStream(
            name, kept.id(), kept.version(), kept.attempt(), kept.metadata(), entries));
  }

  private <T extends @Nullable Object> CompletionStage<T> answer(Supplier<T> operation) {
    if (closed) {
      return CompletableFuture.failedFuture(
          new StorageException(Reason.CLOSED, "the memory storage is closed"));
    }
    try {
      return CompletableFuture.completedFuture(operation.get());
    } catch (StorageException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
