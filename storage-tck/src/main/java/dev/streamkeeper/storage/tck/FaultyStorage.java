package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.Capabilities;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Unknown;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.storage.tck.FaultPlan.Delay;
import dev.streamkeeper.storage.tck.FaultPlan.ForCommit;
import dev.streamkeeper.storage.tck.FaultPlan.ForHint;
import dev.streamkeeper.storage.tck.FaultPlan.ForReading;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A storage that behaves as badly as the contract of {@link StreamStorage} allows, around one that
 * behaves well. It is for testing what uses storages.
 *
 * <p>No {@linkplain Fault fault} happens until its {@linkplain #rate rate} is set. {@link #heal}
 * switches all of them off and settles what is still pending, so that a test can look at the end
 * state.
 *
 * <pre>{@code
 * FaultyStorage storage = FaultyStorage.around(real, seed)
 *     .rate(Fault.CONFLICT, 0.1)
 *     .rate(Fault.UNKNOWN_APPLIED, 0.05)
 *     .rate(Fault.DELAY, 0.5);
 * }</pre>
 *
 * <p>What happens to an operation is drawn from the seed when the operation is called. A storage
 * that is {@linkplain #stepped stepped} and used by one thread, around one that completes its
 * stages on the calling thread, therefore does the same for the same seed each time. Otherwise a
 * thread of its own lets delayed things happen, and only the draws are repeatable.
 *
 * <p>It says that it is {@linkplain Capabilities#shared() shared}. Several of them can really share
 * the real storage, as several processes would: see {@link #beside}.
 *
 * <p>Thread-safe.
 */
public final class FaultyStorage implements StreamStorage {

  private static final int MOST_REMEMBERED = 1_000;
  private static final long STALEST = 1_000;
  private static final long CLOSE_SECONDS = 60;

  private final FaultyBackend backend;
  private final long seed;
  private final FaultPlan plan;
  private final FaultPlan hintPlan;
  private final Map<Fault, Long> counts = new ConcurrentHashMap<>();
  private final AtomicLong operations = new AtomicLong();
  private final Map<StreamName, Lane> lanes = new LinkedHashMap<>();
  private final Map<Object, Remembered<?>> remembered = new LinkedHashMap<>();
  private volatile boolean healed;
  private volatile boolean closed;

  private FaultyStorage(FaultyBackend backend, long seed) {
    this.backend = backend;
    this.seed = seed;
    plan = new FaultPlan(seed);
    hintPlan = new FaultPlan(~seed);
    backend.enter();
  }

  /**
   * Wraps a storage; a daemon thread lets delayed things happen, within milliseconds.
   *
   * @param real the storage to wrap; closed together with the last that shares it
   * @param seed where the draws of faults begin
   * @return a storage without faults until rates are set
   */
  public static FaultyStorage around(StreamStorage real, long seed) {
    Timeline timeline = new Timeline();
    timeline.startThread();
    return new FaultyStorage(new FaultyBackend(real, timeline), seed);
  }

  /**
   * Wraps a storage; delayed things happen only when a test calls {@link #step} or {@link #heal}.
   *
   * @param real the storage to wrap; closed together with the last that shares it
   * @param seed where the draws of faults begin
   * @return a storage without faults until rates are set
   */
  public static FaultyStorage stepped(StreamStorage real, long seed) {
    return new FaultyStorage(new FaultyBackend(real, new Timeline()), seed);
  }

  /**
   * Opens the same real storage once more, as another process would. The two have rates, draws and
   * counts of their own, the same timeline, and see each other's changes as another writer's.
   *
   * @param otherSeed where its draws of faults begin
   * @return the other storage
   */
  public FaultyStorage beside(long otherSeed) {
    return new FaultyStorage(backend, otherSeed);
  }

  /**
   * Sets how often a fault happens.
   *
   * <p>{@link Fault#UNAVAILABLE}, {@link Fault#FULL} and the three unknown outcomes exclude each
   * other in one commit; their rates should add up to at most 1.
   *
   * @param fault what shall happen
   * @param rate share of the operations that the fault can happen to, 0 to 1
   * @return this storage
   * @throws IllegalArgumentException if the rate is out of range
   */
  public FaultyStorage rate(Fault fault, double rate) {
    (fault == Fault.LOST_HINT || fault == Fault.LATE_HINT ? hintPlan : plan).set(fault, rate);
    if (rate > 0) {
      healed = false;
    }
    return this;
  }

  /**
   * Sets the same rate for every fault; see {@link #rate}.
   *
   * @param rate share of the operations, 0 to 1
   * @return this storage
   */
  public FaultyStorage rates(double rate) {
    for (Fault fault : Fault.values()) {
      rate(fault, rate);
    }
    return this;
  }

  /**
   * {@return how often a fault has happened here}
   *
   * @param fault which one
   */
  public long count(Fault fault) {
    return counts.getOrDefault(fault, 0L);
  }

  private void happened(Fault fault) {
    counts.merge(fault, 1L, Long::sum);
  }

  /**
   * Lets the next delayed thing happen, on the calling thread.
   *
   * @return false if nothing is delayed
   */
  public boolean step() {
    return backend.timeline().step();
  }

  /**
   * Ends all faults here. What is delayed happens now, on the calling thread; late commits are with
   * the real storage when this returns, so that everything called afterwards comes after them.
   */
  public void heal() {
    plan.clear();
    hintPlan.clear();
    synchronized (plan) {
      healed = true;
    }
    while (step()) {
      // Each step may plan more.
    }
  }

  @Override
  public Capabilities capabilities() {
    Capabilities real = backend.real().capabilities();
    return new Capabilities(real.durable(), true, real.maxCommitBytes(), real.asyncLag());
  }

  @Override
  public CompletionStage<CommitOutcome> commit(Commit commit) {
    operations.incrementAndGet();
    Lane before;
    Lane lane = new Lane();
    ForCommit fate;
    // One lock for drawing and queueing: the order of the draws is the order of the commits.
    synchronized (lanes) {
      if (closed) {
        return Stages.failed(closed());
      }
      fate = plan.forCommit();
      before = lanes.getOrDefault(commit.name(), Lane.IDLE);
      lanes.put(commit.name(), lane);
    }
    CompletableFuture<CommitOutcome> ready = new CompletableFuture<>();
    before
        .handedOver
        .thenCompose(ignored -> pause(fate.delay(), fate.delay().before()))
        .thenCompose(ignored -> begin(commit, fate, ready))
        .whenComplete(
            (ignored, failure) -> {
              if (failure != null) {
                ready.completeExceptionally(Stages.causeOf(failure));
              }
              lane.handedOver.complete(null);
            });
    CompletableFuture<CommitOutcome> answer = new CompletableFuture<>();
    afterwards(ready, fate.delay())
        .whenComplete(
            (outcome, failure) ->
                before.answered.thenRun(
                    () -> {
                      settle(answer, outcome, failure);
                      synchronized (lanes) {
                        lanes.remove(commit.name(), lane);
                      }
                      lane.answered.complete(null);
                    }));
    return answer;
  }

  /** Does to a commit what was drawn; completes when a later commit of the stream may follow. */
  private CompletionStage<Void> begin(
      Commit commit, ForCommit fate, CompletableFuture<CommitOutcome> ready) {
    CompletionStage<Boolean> competition =
        fate.conflict()
            ? backend.compete(commit.name(), fate.competitor())
            : CompletableFuture.completedFuture(false);
    return competition.thenAccept(
        competed -> {
          if (competed) {
            happened(Fault.CONFLICT);
          }
          fate.ending()
              .ifPresentOrElse(
                  fault -> end(commit, fault, fate, ready), () -> forward(commit, ready));
        });
  }

  private void end(
      Commit commit, Fault fault, ForCommit fate, CompletableFuture<CommitOutcome> ready) {
    happened(fault);
    Unknown unknown = new Unknown(new TimeoutException("injected: " + fault));
    switch (fault) {
      case UNAVAILABLE ->
          ready.completeExceptionally(
              new StorageException(Reason.UNAVAILABLE, "injected: not available"));
      case FULL ->
          ready.completeExceptionally(new StorageException(Reason.FULL, "injected: no room"));
      case UNKNOWN_APPLIED ->
          forwarded(commit).whenComplete((outcome, failure) -> ready.complete(unknown));
      case UNKNOWN_LATE -> {
        later(fate.late(), () -> backend.commit(commit, Optional.empty()));
        ready.complete(unknown);
      }
      default -> ready.complete(unknown);
    }
  }

  private void forward(Commit commit, CompletableFuture<CommitOutcome> ready) {
    forwarded(commit).whenComplete((outcome, failure) -> settle(ready, outcome, failure));
  }

  private CompletionStage<CommitOutcome> forwarded(Commit commit) {
    return backend.commit(commit, Optional.of(this));
  }

  @Override
  public CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries) {
    return reading(plan.forReading(), () -> backend.real().load(name, entries));
  }

  @Override
  public CompletionStage<Bytes> read(StreamId id, long from, long to) {
    return reading(plan.forReading(), () -> backend.real().read(id, from, to));
  }

  @Override
  public CompletionStage<List<StoredStream>> list(String prefix, String after, int limit) {
    ForReading fate = plan.forReading();
    return reading(
        fate,
        () ->
            perhapsStale(
                List.of(prefix, after, limit),
                Instant.MIN,
                fate.staleList() ? Optional.of(Fault.STALE_LIST) : Optional.empty(),
                backend.real().list(prefix, after, limit)));
  }

  @Override
  public CompletionStage<List<StreamName>> due(Instant now, int limit) {
    ForReading fate = plan.forReading();
    return reading(
        fate,
        () ->
            perhapsStale(
                limit,
                now,
                fate.staleDue() ? Optional.of(Fault.STALE_DUE) : Optional.empty(),
                backend.real().due(now, limit)));
  }

  @Override
  public CompletionStage<Void> reclaim(StreamId id, long from, long to) {
    return reading(plan.forReading(), () -> backend.real().reclaim(id, from, to));
  }

  @Override
  public Watch watch(Consumer<StreamName> hint) {
    if (closed) {
      throw closed();
    }
    return backend.watch(this, hint, name -> fateOfHint());
  }

  /** Finishes what was submitted; closes the real storage if nobody else shares it. */
  @Override
  public void close() {
    synchronized (lanes) {
      if (closed) {
        return;
      }
      closed = true;
    }
    heal();
    CompletableFuture<?>[] pending;
    synchronized (lanes) {
      pending =
          lanes.values().stream().map(lane -> lane.handedOver).toArray(CompletableFuture[]::new);
    }
    try {
      CompletableFuture.allOf(pending).get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new StorageException(Reason.UNAVAILABLE, "commits did not finish", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      backend.leave(this);
    }
  }

  /** Names the seed, for a failure message. */
  @Override
  public String toString() {
    return "FaultyStorage[seed " + seed + "]";
  }

  private Optional<Integer> fateOfHint() {
    ForHint fate = hintPlan.forHint();
    if (fate.lost()) {
      happened(Fault.LOST_HINT);
      return Optional.empty();
    }
    if (fate.late() > 0) {
      happened(Fault.LATE_HINT);
    }
    return Optional.of(fate.late());
  }

  private <T> CompletionStage<T> reading(ForReading fate, Supplier<CompletionStage<T>> call) {
    if (closed) {
      return Stages.failed(closed());
    }
    operations.incrementAndGet();
    CompletableFuture<T> ready = new CompletableFuture<>();
    pause(fate.delay(), fate.delay().before())
        .thenCompose(
            ignored -> {
              if (fate.fails()) {
                happened(Fault.READ_FAILURE);
                return Stages.<T>failed(
                    new StorageException(Reason.UNAVAILABLE, "injected: not available"));
              }
              return call.get();
            })
        .whenComplete((result, failure) -> settle(ready, result, failure));
    return afterwards(ready, fate.delay());
  }

  /**
   * Answers with the former result of the same call, which is older by that much.
   *
   * @param asOf a time that the result must not be beyond
   */
  private <T> CompletionStage<T> perhapsStale(
      Object call, Instant asOf, Optional<Fault> stale, CompletionStage<T> fresh) {
    long now = operations.get();
    return fresh.thenApply(
        result -> {
          Remembered<?> former;
          synchronized (remembered) {
            if (remembered.size() > MOST_REMEMBERED) {
              remembered.clear();
            }
            former = remembered.put(call, new Remembered<>(result, now, asOf));
          }
          if (stale.isEmpty()
              || former == null
              || former.asOf().isAfter(asOf)
              || now - former.at() > STALEST) {
            return result;
          }
          happened(stale.get());
          @SuppressWarnings("unchecked") // The key names the kind of call, which has one type.
          T older = (T) former.result();
          return older;
        });
  }

  private CompletionStage<Void> pause(Delay delay, int ticks) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    if (!delay.equals(Delay.NONE)) {
      happened(Fault.DELAY);
    }
    later(ticks, () -> over.complete(null));
    return over;
  }

  private <T> CompletionStage<T> afterwards(CompletableFuture<T> ready, Delay delay) {
    CompletableFuture<T> later = new CompletableFuture<>();
    ready.whenComplete(
        (result, failure) -> later(delay.after(), () -> settle(later, result, failure)));
    return later;
  }

  private void later(int ticks, Runnable action) {
    // The lock: either heal() finds it planned, or it is not planned any more.
    synchronized (plan) {
      if (ticks > 0 && !healed) {
        Timeline timeline = backend.timeline();
        timeline.at(timeline.now() + ticks, action);
        return;
      }
    }
    action.run();
  }

  private static <T> void settle(CompletableFuture<T> future, T result, Throwable failure) {
    if (failure == null) {
      future.complete(result);
    } else {
      future.completeExceptionally(Stages.causeOf(failure));
    }
  }

  private static StorageException closed() {
    return new StorageException(Reason.CLOSED, "the faulty storage was closed");
  }

  private record Remembered<T>(T result, long at, Instant asOf) {}

  /** The place of one commit among those of its stream. */
  private static final class Lane {

    static final Lane IDLE = new Lane();

    static {
      IDLE.handedOver.complete(null);
      IDLE.answered.complete(null);
    }

    /** Complete when the next commit may begin. */
    final CompletableFuture<Void> handedOver = new CompletableFuture<>();

    /** Complete when the next commit may be answered. */
    final CompletableFuture<Void> answered = new CompletableFuture<>();
  }
}
