package dev.streamkeeper;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The streams in memory, and what they share. */
final class Engine implements StreamManager {

  static final StreamId NO_STREAM = new StreamId(0, 0);

  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final Duration SWEEP_INTERVAL = Duration.ofMillis(500);
  private static final int SWEEP_LIMIT = 1000;
  private static final long COMMAND_OVERHEAD_BYTES = 512;
  private static final long MAX_BACKOFF_MILLIS = 1000;

  private final List<Home> homes;
  private final List<StreamStorage.Watch> watches = new ArrayList<>();
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Executor completionExecutor;
  private final Retention defaultRetention;
  private final int residentStreams;
  private final AtomicLong tailBudget;
  private final long queuedBytes;
  private final AtomicLong queued = new AtomicLong();
  private final AtomicLong attempts = new AtomicLong();
  private final long writer;
  private final ConcurrentHashMap<StreamName, StreamActor> resident = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor timer;
  private final OpenCount underWay = new OpenCount();

  Engine(EngineConfig config) {
    homes = config.homes();
    clock = config.clock();
    random = config.random();
    completionExecutor = config.completionExecutor();
    defaultRetention = config.defaultRetention();
    residentStreams = config.residentStreams();
    tailBudget = new AtomicLong(config.tailCacheBytes());
    queuedBytes = config.queuedBytes();
    writer = random.nextLong();
    timer =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "streamkeeper-timer");
              thread.setDaemon(true);
              return thread;
            });
    timer.setRemoveOnCancelPolicy(true);
    for (Home home : homes) {
      watches.add(home.storage().watch(this::changedElsewhere));
      sweepLater(home);
    }
  }

  // ---- StreamManager
  // -----------------------------------------------------------------------------

  @Override
  public CompletableFuture<CreateOutcome> create(StreamName name, CreateRequest request) {
    request.storage().ifPresent(this::requireStorage);
    ContentType type = request.contentType().orElse(ContentType.OCTET_STREAM);
    // What a fork inherits, and so how its body is split, is known only once its source is.
    Content initial =
        request.fork().isPresent()
            ? Content.of(ContentType.OCTET_STREAM, request.initial())
            : Content.of(type, request.initial());
    return change(
        name,
        new Command.Create(
            request,
            new StreamId(random.nextLong(), random.nextLong()),
            type,
            request.expiry().orElse(Expiry.NEVER),
            request.retention().orElse(defaultRetention),
            initial,
            Optional.empty()));
  }

  @Override
  public CompletableFuture<AppendOutcome> append(StreamName name, AppendRequest request) {
    return change(name, new Command.Append(request));
  }

  @Override
  public CompletableFuture<DeleteOutcome> delete(StreamName name, Optional<StreamId> ifId) {
    return change(name, new Command.Delete(ifId));
  }

  @Override
  public CompletableFuture<MetadataOutcome> metadata(StreamName name) {
    CompletableFuture<MetadataOutcome> promise = new CompletableFuture<>();
    if (begin(promise)) {
      with(name, stream -> stream.describe(promise));
    }
    return promise;
  }

  @Override
  public CompletableFuture<ReadOutcome> read(StreamName name, ReadRequest request) {
    LiveRead read = new LiveRead(request);
    if (begin(read.promise)) {
      with(name, stream -> stream.read(read));
      read.promise.whenComplete(
          (outcome, failure) -> {
            if (read.promise.isCancelled()) {
              with(name, stream -> stream.forget(read));
            }
          });
    }
    return read.promise;
  }

  @Override
  public Flow.Publisher<Batch> subscribe(StreamName name, ReadRequest request) {
    return subscriber -> new Subscription(this, name, request, subscriber).start();
  }

  @Override
  public CompletableFuture<StreamPage> list(String prefix, String after, int limit) {
    if (limit < 1 || limit > 1000) {
      throw new IllegalArgumentException("a page has 1 to 1,000 streams: " + limit);
    }
    CompletableFuture<StreamPage> promise = new CompletableFuture<>();
    if (begin(promise)) {
      new Listing(homes, prefix, limit, clock)
          .page(after)
          .whenComplete(
              (page, failure) -> {
                if (failure == null) {
                  complete(promise, page);
                } else {
                  fail(promise, Committer.unwrap(failure));
                }
              });
    }
    return promise;
  }

  @Override
  public void close() {
    if (!underWay.close()) {
      return;
    }
    watches.forEach(StreamStorage.Watch::close);
    resident.values().forEach(stream -> stream.execute(StreamActor::endWaits));
    underWay.awaitZero();
    timer.shutdownNow();
    homes.forEach(home -> home.storage().close());
  }

  private <O> CompletableFuture<O> change(StreamName name, Command<O> command) {
    Pending<O> pending = Pending.external(command);
    if (!begin(pending.promise)) {
      return pending.promise;
    }
    long cost = command.size() + COMMAND_OVERHEAD_BYTES;
    boolean fits = queued.addAndGet(cost) <= queuedBytes;
    pending.promise.whenComplete((outcome, failure) -> queued.addAndGet(-cost));
    if (fits) {
      with(name, stream -> stream.submit(pending));
    } else {
      fail(
          pending,
          new StorageException(
              Reason.UNAVAILABLE,
              "appends under way already fill the queue of " + queuedBytes + " bytes"));
    }
    return pending.promise;
  }

  private boolean begin(CompletableFuture<?> promise) {
    if (!underWay.open()) {
      promise.completeExceptionally(
          new StorageException(Reason.CLOSED, "the stream manager is closed"));
      return false;
    }
    promise.whenComplete((outcome, failure) -> underWay.done());
    return true;
  }

  private void requireStorage(String wanted) {
    if (homes.stream().noneMatch(home -> home.name().equals(wanted))) {
      throw new IllegalArgumentException(
          "there is no storage '" + wanted + "', only " + homes.stream().map(Home::name).toList());
    }
  }

  // ---- streams in memory
  // -------------------------------------------------------------------------

  /** Runs a task in a stream's queue, bringing the stream into memory. */
  void with(StreamName name, Consumer<StreamActor> task) {
    StreamActor stream = resident.get(name);
    if (stream == null) {
      if (resident.size() >= residentStreams) {
        makeRoom();
      }
      stream = resident.computeIfAbsent(name, absent -> new StreamActor(this, absent));
    }
    stream.execute(task);
  }

  /** Has a tenth of the streams leave memory, whichever are idle: the map's order is arbitrary. */
  private void makeRoom() {
    Iterator<StreamActor> streams = resident.values().iterator();
    for (int i = 0; i <= residentStreams / 10 && streams.hasNext(); i++) {
      streams.next().execute(StreamActor::retire);
    }
  }

  void retired(StreamName name, StreamActor stream) {
    resident.remove(name, stream);
  }

  /** Submits a command on behalf of a relative. */
  <O> CompletableFuture<O> submit(StreamName name, Command<O> command) {
    Pending<O> pending = Pending.internal(command, false);
    with(name, stream -> stream.submit(pending));
    return pending.promise;
  }

  CompletableFuture<SourceView> inspect(ForkPoint point) {
    CompletableFuture<SourceView> promise = new CompletableFuture<>();
    with(point.source(), stream -> stream.inspect(point, promise));
    return promise;
  }

  private void changedElsewhere(StreamName name) {
    StreamActor stream = resident.get(name);
    if (stream != null) {
      stream.execute(StreamActor::changedElsewhere);
    }
  }

  // ---- storages
  // ----------------------------------------------------------------------------------

  /**
   * Where a stream is.
   *
   * @param home the storage that has it, if one has
   */
  record Found(Optional<Home> home, Optional<StoredStream> stream) {}

  /** Looks a stream up where it is known to be, or everywhere. */
  CompletableFuture<Found> find(StreamName name, Optional<Home> known, Set<String> entries) {
    return find(name, known.map(List::of).orElse(homes), 0, entries);
  }

  private CompletableFuture<Found> find(
      StreamName name, List<Home> candidates, int index, Set<String> entries) {
    if (index == candidates.size()) {
      return CompletableFuture.completedFuture(new Found(Optional.empty(), Optional.empty()));
    }
    Home home = candidates.get(index);
    return home.storage()
        .load(name, entries)
        .toCompletableFuture()
        .thenCompose(
            stream ->
                stream.isPresent()
                    ? CompletableFuture.completedFuture(new Found(Optional.of(home), stream))
                    : find(name, candidates, index + 1, entries));
  }

  Home defaultHome() {
    return homes.get(0);
  }

  Home home(Optional<String> wanted) {
    return homes.stream()
        .filter(home -> wanted.isPresent() && home.name().equals(wanted.get()))
        .findFirst()
        .orElse(defaultHome());
  }

  AttemptId nextAttempt() {
    return new AttemptId(writer, attempts.incrementAndGet());
  }

  // ---- time
  // --------------------------------------------------------------------------------------

  long now() {
    return clock.millis();
  }

  boolean isClosing() {
    return underWay.isClosed();
  }

  AtomicLong tailBudget() {
    return tailBudget;
  }

  Future<?> schedule(Duration delay, Runnable task) {
    try {
      return timer.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      task.run();
      return CompletableFuture.completedFuture(null);
    }
  }

  CompletableFuture<Void> after(Duration delay) {
    CompletableFuture<Void> over = new CompletableFuture<>();
    schedule(delay, () -> over.complete(null));
    return over;
  }

  /** A pause that doubles with each try and is shortened at random, so that rivals part. */
  Duration backoff(int tries) {
    long longest = Math.min(MAX_BACKOFF_MILLIS, 1L << Math.min(tries, 20));
    return Duration.ofMillis(1 + random.nextLong(longest));
  }

  private void sweepLater(Home home) {
    schedule(SWEEP_INTERVAL, () -> sweep(home));
  }

  /** Brings up what is due, and then waits for all of it before it asks again. */
  private void sweep(Home home) {
    if (home.isShared()) {
      // Hints may get lost.
      resident.values().forEach(stream -> stream.execute(StreamActor::lookAgain));
    }
    home.storage()
        .due(Instant.ofEpochMilli(now()), SWEEP_LIMIT)
        .toCompletableFuture()
        .thenCompose(
            due ->
                CompletableFuture.allOf(
                    due.stream().map(this::sweep).toArray(CompletableFuture<?>[]::new)))
        .whenComplete(
            (done, failure) -> {
              if (underWay.isClosed()) {
                return;
              }
              if (failure != null) {
                LOG.warn("storage '{}' could not be swept; trying again", home.name(), failure);
              }
              sweepLater(home);
            });
  }

  private CompletableFuture<?> sweep(StreamName name) {
    CompletableFuture<Void> swept = new CompletableFuture<>();
    with(
        name,
        stream ->
            stream
                .sweep()
                .whenComplete(
                    (done, failure) -> {
                      if (failure != null) {
                        LOG.warn("stream '{}' could not be swept; trying again", name, failure);
                      }
                      swept.complete(null);
                    }));
    return swept;
  }

  // ---- answers
  // -----------------------------------------------------------------------------------

  <T> void complete(CompletableFuture<T> promise, T value) {
    completionExecutor.execute(() -> promise.complete(value));
  }

  void fail(CompletableFuture<?> promise, Throwable failure) {
    completionExecutor.execute(() -> promise.completeExceptionally(failure));
  }

  <O> void answer(Pending<O> pending, O outcome) {
    if (pending.external) {
      complete(pending.promise, outcome);
    } else {
      pending.promise.complete(outcome);
    }
  }

  void fail(Pending<?> pending, Throwable failure) {
    if (pending.external) {
      fail(pending.promise, failure);
    } else {
      pending.promise.completeExceptionally(failure);
    }
  }

  void noteReclaim(StreamName name, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.warn("what retention dropped of stream '{}' is not freed yet", name, failure);
    }
  }

  void execute(Runnable task) {
    completionExecutor.execute(task);
  }
}
