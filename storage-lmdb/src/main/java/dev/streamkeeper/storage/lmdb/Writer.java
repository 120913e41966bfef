package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.stream.StreamId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes. It takes all commits that wait, applies them in one transaction and
 * syncs it once; whoever comes meanwhile forms the next group.
 *
 * <p>With asynchronous durability the transaction stays open for up to {@link #LAG} and commits are
 * acknowledged as soon as they are applied in it. What is committed is always synced, so a crash
 * can lose the last moment but never leaves a damaged file. Until then only this thread sees the
 * changes, which is why it also answers the reads that others can't ({@link #read}). If the
 * transaction has to be given up because there is no room, the acknowledged commits are applied
 * once more, and nothing new is accepted until they are safe.
 */
final class Writer implements Runnable {

  static final Duration LAG = Duration.ofMillis(100);

  private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
  private static final int QUEUE = 65_536;
  private static final int MAX_GROUP = 4096;
  private static final long MAX_GROUP_BYTES = 64L * 1024 * 1024;
  private static final int GARBAGE_SLICE = 256;
  private static final Duration IDLE = Duration.ofMillis(200);

  private final Tables tables;
  private final boolean async;
  private final BlockingQueue<Task> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Thread thread;
  private volatile boolean closing;
  private volatile @Nullable StorageException broken;
  private boolean freeingFailed;

  // With asynchronous durability: the open transaction and what was acknowledged in it.
  private @Nullable Txn<byte[]> open;
  private final List<Commit> unsafe = new ArrayList<>();
  private long unsafeBytes;
  private long openSince;
  private boolean stuck;

  // Of those, the incarnations that other threads still find in what is committed.
  private final Set<StreamId> removed = ConcurrentHashMap.newKeySet();

  private sealed interface Task {

    /** Apply a commit. */
    record Apply(Commit commit, CompletableFuture<CommitOutcome> promise) implements Task {
      long size() {
        return commit.change() instanceof Change.Put put ? put.appendedBytes() : 0;
      }
    }

    /** Note garbage. */
    record Discard(StreamId id, long from, long to, CompletableFuture<Void> promise)
        implements Task {}

    /** Read what is not committed yet. */
    record Read(Function<Txn<byte[]>, Runnable> read, CompletableFuture<?> promise)
        implements Task {}

    CompletableFuture<?> promise();
  }

  Writer(Tables tables, boolean async) {
    this.tables = tables;
    this.async = async;
    this.thread = new Thread(this, "streamkeeper-lmdb-writer");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  CompletableFuture<CommitOutcome> commit(Commit commit) {
    CompletableFuture<CommitOutcome> promise = new CompletableFuture<>();
    offer(new Task.Apply(commit, promise));
    return promise;
  }

  CompletableFuture<Void> discard(StreamId id, long from, long to) {
    CompletableFuture<Void> promise = new CompletableFuture<>();
    offer(new Task.Discard(id, from, to, promise));
    return promise;
  }

  /** Reads on this thread, which sees what is not committed yet. */
  <T> CompletableFuture<T> read(Function<Txn<byte[]>, T> read) {
    CompletableFuture<T> promise = new CompletableFuture<>();
    offer(
        new Task.Read(
            txn -> {
              T found = read.apply(txn);
              return () -> promise.complete(found);
            },
            promise));
    return promise;
  }

  /** Whether an incarnation is gone although it may still be found in what is committed. */
  boolean isRemoved(StreamId id) {
    return removed.contains(id);
  }

  private void offer(Task task) {
    if (closing) {
      task.promise().completeExceptionally(Failures.closed());
    } else if (!queue.offer(task)) {
      task.promise()
          .completeExceptionally(
              new StorageException(Reason.UNAVAILABLE, QUEUE + " changes wait for the disk"));
    } else if (closing && !thread.isAlive() && queue.remove(task)) {
      task.promise().completeExceptionally(Failures.closed());
    }
  }

  /** Finishes what was submitted and ends the thread. */
  void close() {
    closing = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    for (Task left = queue.poll(); left != null; left = queue.poll()) {
      left.promise().completeExceptionally(Failures.closed());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    List<Task> group = new ArrayList<>();
    while (true) {
      collect(group);
      if (group.isEmpty() && closing && queue.isEmpty()) {
        break;
      }
      try {
        work(group);
      } catch (RuntimeException | Error e) {
        // What the group's members were to be told is unknown here; nobody may be told too much.
        fail(e);
        LOG.error("the LMDB writer stops acknowledging", e);
        unknown(group, e);
      }
      group.clear();
    }
    finish();
  }

  private void collect(List<Task> group) {
    try {
      Task first = queue.poll(patience().toNanos(), TimeUnit.NANOSECONDS);
      long bytes = 0;
      while (first != null) {
        group.add(first);
        bytes += first instanceof Task.Apply apply ? apply.size() : 0;
        boolean full = group.size() >= MAX_GROUP || bytes >= MAX_GROUP_BYTES;
        first = full ? null : queue.poll();
      }
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  private Duration patience() {
    if (open != null) {
      long left = openSince + LAG.toNanos() - System.nanoTime();
      return Duration.ofNanos(Math.max(0, left));
    }
    return mayFree() ? Duration.ZERO : closing ? Duration.ofMillis(1) : IDLE;
  }

  private void work(List<Task> group) {
    StorageException fatal = broken;
    if (fatal != null) {
      group.forEach(task -> task.promise().completeExceptionally(fatal));
    } else if (async) {
      group.forEach(this::acknowledge);
      if (open != null
          && (unsafeBytes >= MAX_GROUP_BYTES || System.nanoTime() - openSince >= LAG.toNanos())) {
        makeSafe();
      }
    } else {
      store(group);
    }
    if (!group.isEmpty()) {
      freeingFailed = false;
    } else if (open == null && mayFree()) {
      freeSome();
    }
  }

  // ---- synchronous
  // -------------------------------------------------------------------------------

  /** Stores a group in one synced transaction; where it doesn't fit, in halves. */
  private void store(List<Task> group) {
    if (group.isEmpty()) {
      return;
    }
    List<Runnable> answers = new ArrayList<>(group.size());
    boolean committing = false;
    try (Txn<byte[]> txn = tables.beginWrite()) {
      for (Task task : group) {
        answers.add(perform(txn, task));
      }
      committing = true;
      txn.commit();
    } catch (RuntimeException e) {
      if (!Failures.isFull(e)) {
        refuse(group, e, committing);
      } else if (group.size() == 1) {
        group.get(0).promise().completeExceptionally(Failures.full(e));
      } else {
        store(group.subList(0, group.size() / 2));
        store(group.subList(group.size() / 2, group.size()));
      }
      return;
    }
    answers.forEach(Writer::run);
  }

  private void refuse(List<Task> group, RuntimeException cause, boolean committing) {
    fail(cause);
    LOG.error("the LMDB writer stops acknowledging", cause);
    if (committing) {
      unknown(group, cause);
    } else {
      group.forEach(task -> task.promise().completeExceptionally(Failures.broken(cause)));
    }
  }

  /** Does what a task says within the transaction; answers it once that counts. */
  private Runnable perform(Txn<byte[]> txn, Task task) {
    if (task instanceof Task.Apply apply) {
      CommitOutcome outcome = tables.apply(txn, apply.commit());
      if (async && outcome instanceof CommitOutcome.Applied) {
        noteRemoved(apply.commit());
      }
      return () -> apply.promise().complete(outcome);
    }
    if (task instanceof Task.Discard discard) {
      tables.discard(txn, discard.id(), discard.from(), discard.to());
      return () -> discard.promise().complete(null);
    }
    Task.Read read = (Task.Read) task;
    try {
      return read.read().apply(txn);
    } catch (StorageException e) {
      return () -> read.promise().completeExceptionally(e);
    }
  }

  private static void run(Runnable answer) {
    try {
      answer.run();
    } catch (RuntimeException e) {
      LOG.error("what was to happen after a commit failed", e);
    }
  }

  private void fail(Throwable cause) {
    broken = Failures.broken(cause);
  }

  private static void unknown(List<Task> group, Throwable cause) {
    for (Task task : group) {
      if (task instanceof Task.Apply apply) {
        apply.promise().complete(new CommitOutcome.Unknown(cause));
      } else {
        task.promise().completeExceptionally(Failures.broken(cause));
      }
    }
  }

  // ---- asynchronous
  // ------------------------------------------------------------------------------

  private void acknowledge(Task task) {
    if (stuck && !(task instanceof Task.Read)) {
      task.promise()
          .completeExceptionally(
              new StorageException(
                  Reason.FULL, "there is no room to make safe what was acknowledged before"));
      return;
    }
    Runnable answer;
    try {
      answer = perform(openTxn(), task);
    } catch (RuntimeException e) {
      replay();
      if (Failures.isFull(e)) {
        task.promise().completeExceptionally(Failures.full(e));
        makeSafe();
      } else {
        fail(e);
        task.promise().completeExceptionally(Failures.broken(e));
      }
      return;
    }
    if (task instanceof Task.Apply apply) {
      unsafe.add(apply.commit());
      unsafeBytes += apply.size();
    }
    run(answer);
  }

  private void noteRemoved(Commit commit) {
    if (commit.expected() instanceof Expected.Version before
        && !(commit.change() instanceof Change.Put put && put.id().equals(before.id()))) {
      removed.add(before.id());
    }
  }

  private Txn<byte[]> openTxn() {
    Txn<byte[]> txn = open;
    if (txn == null) {
      txn = tables.beginWrite();
      open = txn;
      openSince = System.nanoTime();
    }
    return txn;
  }

  private void makeSafe() {
    Txn<byte[]> txn = open;
    if (txn == null) {
      return;
    }
    try {
      txn.commit();
      txn.close();
      open = null;
      unsafe.clear();
      unsafeBytes = 0;
      removed.clear();
      stuck = false;
    } catch (RuntimeException e) {
      if (!Failures.isFull(e)) {
        abandon();
        fail(e);
        LOG.error("acknowledged changes of the last {} are lost", LAG, e);
        return;
      }
      if (!stuck) {
        LOG.warn("there is no room to make acknowledged changes safe; trying again", e);
      }
      replay();
      stuck = true;
    }
  }

  /** Applies what was acknowledged in a new transaction, after the old one became void. */
  private void replay() {
    abandon();
    Txn<byte[]> txn = openTxn();
    for (Commit commit : unsafe) {
      tables.apply(txn, commit);
    }
  }

  private void abandon() {
    if (open != null) {
      open.close();
      open = null;
    }
  }

  private void finish() {
    if (broken == null) {
      makeSafe();
    }
    if (open != null) {
      LOG.error("{} acknowledged changes could not be made safe", unsafe.size());
      abandon();
    }
  }

  // ---- garbage
  // -----------------------------------------------------------------------------------

  private boolean mayFree() {
    return broken == null && !freeingFailed && tables.mayHaveGarbage();
  }

  private void freeSome() {
    try (Txn<byte[]> txn = tables.beginWrite()) {
      if (tables.collect(txn, GARBAGE_SLICE)) {
        txn.commit();
      }
    } catch (RuntimeException e) {
      freeingFailed = true;
      if (!Failures.isFull(e)) {
        fail(e);
      }
      LOG.warn("removed data could not be freed; trying again after the next change", e);
    }
  }
}
