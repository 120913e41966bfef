package dev.streamkeeper.storage.memory;

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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps streams in maps.
 *
 * <p>The map of streams is also the lock: a commit happens inside {@link
 * ConcurrentHashMap#compute}, which excludes other commits of its name and hardly ever those of
 * another. Inside it, what a reader may look up by id or order is put in place before the stream
 * itself is, and what a reader of the former state may still look up is taken away only after.
 */
final class MemoryStorage implements StreamStorage {

  private static final Capabilities CAPABILITIES =
      new Capabilities(false, false, 16 * 1024 * 1024, Duration.ZERO);
  private static final int MAX_READ = 16 * 1024 * 1024;
  private static final int MAX_LIMIT = 10_000;

  private final ConcurrentHashMap<StreamName, MemoryStream> streams = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<StreamId, ByteRun> runs = new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<String, StreamName> names =
      new ConcurrentSkipListMap<>(StreamName.UTF8_ORDER);
  private final ConcurrentSkipListSet<Due> due = new ConcurrentSkipListSet<>();
  private final Quota quota;
  private volatile boolean closed;

  MemoryStorage(long maxBytes) {
    quota = new Quota(maxBytes);
  }

  @Override
  public Capabilities capabilities() {
    return CAPABILITIES;
  }

  @Override
  public CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries) {
    if (closed) {
      return failed(closed());
    }
    if (entries.isEmpty()) {
      return done(Optional.ofNullable(streams.get(name)).map(MemoryStream::withoutEntries));
    }
    Loading loading = new Loading();
    streams.computeIfPresent(
        name,
        (key, stream) -> {
          loading.found = Optional.of(stream.with(entries));
          return stream;
        });
    return done(loading.found);
  }

  @Override
  public CompletionStage<CommitOutcome> commit(Commit commit) {
    if (commit.change() instanceof Change.Put put
        && put.appendedBytes() > CAPABILITIES.maxCommitBytes()) {
      throw new IllegalArgumentException(
          "a commit has at most " + CAPABILITIES.maxCommitBytes() + " appended bytes");
    }
    if (closed) {
      return failed(closed());
    }
    Committing committing = new Committing(commit);
    streams.compute(commit.name(), (name, current) -> committing.apply(current));
    committing.freeFormer();
    return committing.failure == null ? done(committing.outcome) : failed(committing.failure);
  }

  @Override
  public CompletionStage<Bytes> read(StreamId id, long from, long to) {
    if (from < 0 || to < from || to - from > MAX_READ) {
      throw new IllegalArgumentException("not a range to read: " + from + " to " + to);
    }
    if (closed) {
      return failed(closed());
    }
    if (from == to) {
      return done(Bytes.EMPTY);
    }
    ByteRun run = runs.get(id);
    Optional<Bytes> bytes = run == null ? Optional.empty() : run.read(from, to);
    if (bytes.isEmpty()) {
      return failed(
          new StorageException(
              Reason.CORRUPT,
              "the stream " + id + " does not hold the bytes " + from + " to " + to));
    }
    return done(bytes.get());
  }

  @Override
  public CompletionStage<List<StoredStream>> list(String prefix, String after, int limit) {
    checkLimit(limit);
    if (closed) {
      return failed(closed());
    }
    boolean skip = names.comparator().compare(after, prefix) >= 0;
    NavigableMap<String, StreamName> candidates =
        skip ? names.tailMap(after, false) : names.tailMap(prefix, true);
    List<StoredStream> found = new ArrayList<>();
    for (StreamName name : candidates.values()) {
      if (found.size() == limit || !name.value().startsWith(prefix)) {
        break;
      }
      MemoryStream stream = streams.get(name);
      if (stream != null) {
        found.add(stream.withoutEntries());
      }
    }
    return done(List.copyOf(found));
  }

  @Override
  public CompletionStage<List<StreamName>> due(Instant now, int limit) {
    checkLimit(limit);
    if (closed) {
      return failed(closed());
    }
    // A stream whose due time moves meanwhile may be met twice.
    Set<StreamName> found = new LinkedHashSet<>();
    for (Due entry : due) {
      if (found.size() == limit || entry.at().isAfter(now)) {
        break;
      }
      found.add(entry.name());
    }
    return done(List.copyOf(found));
  }

  @Override
  public CompletionStage<Void> reclaim(StreamId id, long from, long to) {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("not a range to reclaim: " + from + " to " + to);
    }
    if (closed) {
      return failed(closed());
    }
    ByteRun run = runs.get(id);
    if (run != null) {
      quota.free(run.reclaim(from, to));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Watch watch(Consumer<StreamName> hint) {
    if (closed) {
      throw closed();
    }
    return () -> {};
  }

  @Override
  public void close() {
    closed = true;
    streams.clear();
    runs.clear();
    names.clear();
    due.clear();
  }

  private static void checkLimit(int limit) {
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("a limit is 1 to " + MAX_LIMIT + ": " + limit);
    }
  }

  private static StorageException closed() {
    return new StorageException(Reason.CLOSED, "the memory storage was closed");
  }

  private static <T> CompletionStage<T> done(T result) {
    return CompletableFuture.completedFuture(result);
  }

  private static <T> CompletionStage<T> failed(StorageException failure) {
    return CompletableFuture.failedFuture(failure);
  }

  private record Due(Instant at, StreamName name) implements Comparable<Due> {

    private static final Comparator<Due> ORDER =
        Comparator.comparing(Due::at).thenComparing(Due::name);

    @Override
    public int compareTo(Due other) {
      return ORDER.compare(this, other);
    }
  }

  private static final class Loading {
    Optional<StoredStream> found = Optional.empty();
  }

  /**
   * One commit on its way; everything but {@link #freeFormer} runs inside the update of the map.
   */
  private final class Committing {

    private final Commit commit;
    private CommitOutcome outcome = new CommitOutcome.Conflict(Optional.empty());
    private @Nullable StorageException failure;
    private @Nullable MemoryStream former;

    Committing(Commit commit) {
      this.commit = commit;
    }

    @Nullable MemoryStream apply(@Nullable MemoryStream current) {
      if (!expectationHolds(current)) {
        outcome = new CommitOutcome.Conflict(Optional.ofNullable(current).map(this::describe));
        return current;
      }
      return commit.change() instanceof Change.Put put ? put(current, put) : remove(current);
    }

    private boolean expectationHolds(@Nullable MemoryStream current) {
      if (commit.expected() instanceof Expected.Version expected) {
        return current != null
            && current.id().equals(expected.id())
            && current.version() == expected.version();
      }
      return current == null;
    }

    private StoredStream describe(MemoryStream current) {
      return commit.change() instanceof Change.Put put
          ? current.with(put.entries().keySet())
          : current.withoutEntries();
    }

    private @Nullable MemoryStream remove(@Nullable MemoryStream current) {
      outcome = new CommitOutcome.Applied(0);
      if (current != null) {
        names.remove(current.name().value());
        moveDue(current.due(), Optional.empty());
        former = current;
      }
      return null;
    }

    private @Nullable MemoryStream put(@Nullable MemoryStream current, Change.Put put) {
      MemoryStream same = current != null && current.id().equals(put.id()) ? current : null;
      ByteRun bytes = same == null ? new ByteRun() : same.bytes();
      long added = put.appendedBytes();
      if (added > 0 && put.position() < bytes.end()) {
        throw new IllegalArgumentException(
            "bytes never change: " + put.position() + " lies before the end " + bytes.end());
      }
      boolean room =
          (current == null || same != null)
              ? quota.exchange(added, 0)
              : current.bytes().exchange(quota, added);
      if (!room) {
        failure =
            new StorageException(
                Reason.FULL, "no room for " + added + " bytes: the streams hold " + quota);
        return current;
      }
      Map<String, Bytes> entries = same == null ? new HashMap<>(4) : same.entries();
      put.entries()
          .forEach(
              (key, value) ->
                  value.ifPresentOrElse(kept -> entries.put(key, kept), () -> entries.remove(key)));
      if (added > 0) {
        bytes.append(put.position(), put.appended(), added);
      }
      if (same == null) {
        runs.put(put.id(), bytes);
        names.put(commit.name().value(), commit.name());
        former = current;
      }
      moveDue(current == null ? Optional.empty() : current.due(), put.due());
      long version = same == null ? 1 : same.version() + 1;
      outcome = new CommitOutcome.Applied(version);
      return new MemoryStream(
          commit.name(),
          put.id(),
          version,
          commit.attempt(),
          put.metadata(),
          put.due(),
          bytes,
          entries);
    }

    private void moveDue(Optional<Instant> from, Optional<Instant> to) {
      if (!from.equals(to)) {
        // In this order, so that a stream that stays due is never missed.
        to.ifPresent(at -> due.add(new Due(at, commit.name())));
        from.ifPresent(at -> due.remove(new Due(at, commit.name())));
      }
    }

    void freeFormer() {
      if (former != null) {
        runs.remove(former.id());
        quota.free(former.bytes().drop());
      }
    }
  }
}
