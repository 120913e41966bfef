package com.example.storage;

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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Three "tables", each a sorted map, and one lock in the place of a transaction. */
final class MapStorage implements StreamStorage {

  /** A row for each stream. */
  private record Row(
      StreamName name,
      StreamId id,
      long version,
      AttemptId attempt,
      Bytes metadata,
      Optional<Instant> due,
      Map<String, Bytes> entries) {

    StoredStream load(Set<String> keys) {
      Map<String, Bytes> found = new HashMap<>(entries);
      found.keySet().retainAll(keys);
      return new StoredStream(name, id, version, attempt, metadata, found);
    }
  }

  private record Due(Instant at, StreamName name) {}

  private final TreeMap<byte[], Row> rows = new TreeMap<>(Arrays::compareUnsigned);
  private final Map<StreamId, TreeMap<Long, Bytes>> bytes = new HashMap<>();
  private final NavigableSet<Due> due =
      new TreeSet<>(Comparator.comparing(Due::at).thenComparing(Due::name));
  private boolean closed;

  @Override
  public Capabilities capabilities() {
    return new Capabilities(false, false, 1024 * 1024, Duration.ZERO);
  }

  @Override
  public CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries) {
    return inTransaction(
        () -> Optional.ofNullable(rows.get(name.toUtf8())).map(row -> row.load(entries)));
  }

  @Override
  public CompletionStage<CommitOutcome> commit(Commit commit) {
    return inTransaction(
        () -> {
          byte[] key = commit.name().toUtf8();
          Row row = rows.get(key);
          if (!holds(commit.expected(), row)) {
            return new CommitOutcome.Conflict(Optional.ofNullable(row).map(r -> seen(commit, r)));
          }
          Change.Put put = commit.change() instanceof Change.Put change ? change : null;
          boolean continues = row != null && put != null && row.id().equals(put.id());
          if (row != null) {
            row.due().ifPresent(at -> due.remove(new Due(at, commit.name())));
            if (!continues) {
              bytes.remove(row.id());
            }
          }
          if (put == null) {
            rows.remove(key);
            return new CommitOutcome.Applied(0);
          }
          Map<String, Bytes> entries = continues ? row.entries() : new HashMap<>();
          put.entries()
              .forEach(
                  (entry, value) ->
                      value.ifPresentOrElse(
                          v -> entries.put(entry, v), () -> entries.remove(entry)));
          TreeMap<Long, Bytes> parts = bytes.computeIfAbsent(put.id(), id -> new TreeMap<>());
          if (!put.appended().isEmpty()) {
            parts.put(put.position(), Bytes.concat(put.appended()));
          }
          put.due().ifPresent(at -> due.add(new Due(at, commit.name())));
          long version = continues ? row.version() + 1 : 1;
          rows.put(
              key,
              new Row(
                  commit.name(),
                  put.id(),
                  version,
                  commit.attempt(),
                  put.metadata(),
                  put.due(),
                  entries));
          return new CommitOutcome.Applied(version);
        });
  }

  private static boolean holds(Expected expected, Row row) {
    return expected instanceof Expected.Version version
        ? row != null && row.id().equals(version.id()) && row.version() == version.version()
        : row == null;
  }

  private static StoredStream seen(Commit commit, Row row) {
    return row.load(commit.change() instanceof Change.Put put ? put.entries().keySet() : Set.of());
  }

  @Override
  public CompletionStage<Bytes> read(StreamId id, long from, long to) {
    return inTransaction(
        () -> {
          TreeMap<Long, Bytes> parts = bytes.getOrDefault(id, new TreeMap<>());
          List<Bytes> found = new ArrayList<>();
          long at = from;
          while (at < to) {
            Map.Entry<Long, Bytes> part = parts.floorEntry(at);
            int skip = part == null ? 0 : Math.toIntExact(at - part.getKey());
            if (part == null || skip >= part.getValue().length()) {
              throw new StorageException(Reason.CORRUPT, "no bytes at " + at + " of " + id);
            }
            int stop = (int) Math.min(part.getValue().length(), skip + (to - at));
            found.add(part.getValue().slice(skip, stop));
            at += stop - skip;
          }
          return Bytes.concat(found);
        });
  }

  @Override
  public CompletionStage<List<StoredStream>> list(String prefix, String after, int limit) {
    return inTransaction(
        () -> {
          byte[] low = prefix.getBytes(StandardCharsets.UTF_8);
          byte[] last = after.getBytes(StandardCharsets.UTF_8);
          boolean continued = Arrays.compareUnsigned(last, low) >= 0;
          List<StoredStream> found = new ArrayList<>();
          for (Row row : rows.tailMap(continued ? last : low, !continued).values()) {
            if (found.size() == limit || !row.name().value().startsWith(prefix)) {
              break;
            }
            found.add(row.load(Set.of()));
          }
          return found;
        });
  }

  @Override
  public CompletionStage<List<StreamName>> due(Instant now, int limit) {
    return inTransaction(
        () ->
            due.stream()
                .takeWhile(entry -> !entry.at().isAfter(now))
                .limit(limit)
                .map(Due::name)
                .toList());
  }

  @Override
  public CompletionStage<Void> reclaim(StreamId id, long from, long to) {
    return inTransaction(
        () -> {
          bytes
              .getOrDefault(id, new TreeMap<>())
              .subMap(from, to)
              .entrySet()
              .removeIf(part -> part.getKey() + part.getValue().length() <= to);
          return null;
        });
  }

  @Override
  public Watch watch(Consumer<StreamName> hint) {
    if (isClosed()) {
      throw closed();
    }
    return () -> {};
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private static StorageException closed() {
    return new StorageException(Reason.CLOSED, "the map storage was closed");
  }

  private synchronized <T> CompletionStage<T> inTransaction(Supplier<T> work) {
    try {
      if (closed) {
        throw closed();
      }
      return CompletableFuture.completedFuture(work.get());
    } catch (StorageException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
