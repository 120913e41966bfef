package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.Capabilities;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageConfig.Durability;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/**
 * The storage's face: changes go to the {@link Writer}, lookups and reads to a few threads of their
 * own, because a page that is not in memory stops the thread that touches it.
 */
final class LmdbStorage implements StreamStorage {

  private static final int MAX_COMMIT_BYTES = 64 * 1024 * 1024;
  private static final int READ_THREADS = 4;
  private static final int MAX_WAITING_READS = 100_000;

  private final Tables tables;
  private final FolderLock lock;
  private final boolean async;
  private final Writer writer;
  private final ThreadPoolExecutor readers;
  private final AtomicBoolean closed = new AtomicBoolean();

  LmdbStorage(Tables tables, FolderLock lock, Durability durability) {
    this.tables = tables;
    this.lock = lock;
    this.async = durability == Durability.ASYNC;
    this.writer = new Writer(tables, async);
    AtomicInteger number = new AtomicInteger();
    this.readers =
        new ThreadPoolExecutor(
            READ_THREADS,
            READ_THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(MAX_WAITING_READS),
            task -> {
              Thread thread =
                  new Thread(task, "streamkeeper-lmdb-reader-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    readers.allowCoreThreadTimeOut(true);
    writer.start();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(true, false, MAX_COMMIT_BYTES, async ? Writer.LAG : Duration.ZERO);
  }

  @Override
  public CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries) {
    return lookUp(txn -> tables.load(txn, name, entries));
  }

  @Override
  public CompletionStage<CommitOutcome> commit(Commit commit) {
    return writer.commit(commit);
  }

  @Override
  public CompletionStage<Bytes> read(StreamId id, long from, long to) {
    if (from == to) {
      return CompletableFuture.completedFuture(Bytes.EMPTY);
    }
    CompletableFuture<Optional<Bytes>> found;
    if (writer.isRemoved(id)) {
      found = writer.read(txn -> tables.read(txn, id, from, to));
    } else {
      found = inReader(txn -> tables.read(txn, id, from, to));
      if (async) {
        found = found.thenCompose(bytes -> orUncommitted(bytes, id, from, to));
      }
    }
    return found.thenApply(
        bytes ->
            bytes.orElseThrow(
                () ->
                    new StorageException(
                        Reason.CORRUPT,
                        "stream " + id + " has no bytes at " + from + " to " + to)));
  }

  /** What others don't find yet, the writer may. */
  private CompletableFuture<Optional<Bytes>> orUncommitted(
      Optional<Bytes> committed, StreamId id, long from, long to) {
    return committed.isPresent()
        ? CompletableFuture.completedFuture(committed)
        : writer.read(txn -> tables.read(txn, id, from, to));
  }

  @Override
  public CompletionStage<List<StoredStream>> list(String prefix, String after, int limit) {
    return lookUp(txn -> tables.list(txn, prefix, after, limit));
  }

  @Override
  public CompletionStage<List<StreamName>> due(Instant now, int limit) {
    return lookUp(txn -> tables.due(txn, now, limit));
  }

  @Override
  public CompletionStage<Void> reclaim(StreamId id, long from, long to) {
    return writer.discard(id, from, to);
  }

  @Override
  public Watch watch(Consumer<StreamName> hint) {
    if (closed.get()) {
      throw Failures.closed();
    }
    return () -> {};
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      readers.shutdown();
      writer.close();
      awaitReaders();
      tables.close();
      lock.close();
    }
  }

  /** The environment must not be closed under a reader: that would take the process down. */
  private void awaitReaders() {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = readers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks at what is acknowledged, committed or not. */
  private <T> CompletableFuture<T> lookUp(Function<Txn<byte[]>, T> lookup) {
    return async ? writer.read(lookup) : inReader(lookup);
  }

  private <T> CompletableFuture<T> inReader(Function<Txn<byte[]>, T> read) {
    CompletableFuture<T> promise = new CompletableFuture<>();
    try {
      readers.execute(
          () -> {
            T found;
            try (Txn<byte[]> txn = tables.beginRead()) {
              found = read.apply(txn);
            } catch (StorageException e) {
              promise.completeExceptionally(e);
              return;
            } catch (LmdbException e) {
              promise.completeExceptionally(
                  new StorageException(Reason.CORRUPT, "LMDB can't read: " + e.getMessage(), e));
              return;
            } catch (RuntimeException | Error e) {
              promise.completeExceptionally(e);
              return;
            }
            promise.complete(found);
          });
    } catch (RejectedExecutionException e) {
      promise.completeExceptionally(
          closed.get()
              ? Failures.closed()
              : new StorageException(
                  Reason.UNAVAILABLE, MAX_WAITING_READS + " reads wait for the disk"));
    }
    return promise;
  }
}
