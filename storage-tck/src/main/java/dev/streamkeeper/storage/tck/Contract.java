package dev.streamkeeper.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.CommitOutcome.Conflict;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the parts of the contract share: an open storage, and short words for what is done to it.
 */
abstract class Contract {

  private static final int MOST_IN_FLIGHT = 1_000;

  private final StorageContractTest author;
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicLong ids = new AtomicLong();
  private final List<StreamStorage> opened = new ArrayList<>();
  private final Deque<CompletionStage<CommitOutcome>> inFlight = new ArrayDeque<>();

  @TempDir Path temporary;
  Path directory;
  StreamStorage storage;

  @SuppressWarnings("NullAway.Init") // JUnit calls open() before each test.
  Contract(StorageContractTest author) {
    this.author = author;
  }

  @BeforeEach
  final void open() throws IOException {
    directory = Files.createDirectory(temporary.resolve("storage"));
    storage = openAnother();
  }

  @AfterEach
  final void closeAll() {
    opened.forEach(StreamStorage::close);
  }

  /** Opens the storage of this test once more, beside those that are open. */
  final StreamStorage openAnother() {
    StreamStorage another = author.provider().open(config());
    opened.add(another);
    return another;
  }

  final void reopen() {
    storage.close();
    opened.remove(storage);
    storage = openAnother();
  }

  final StorageConfig config() {
    return author.config(directory);
  }

  final StorageProvider provider() {
    return author.provider();
  }

  final String providerName() {
    return author.provider().name();
  }

  final long patienceMillis() {
    return author.patience().toMillis();
  }

  /** The seeds to try: those given, or the one that was asked for. */
  static List<Long> seeds(int count) {
    Long asked = Long.getLong(StorageContractTest.SEED_PROPERTY);
    if (asked != null) {
      return List.of(asked);
    }
    List<Long> seeds = new ArrayList<>();
    for (long seed = 1; seed <= count; seed++) {
      seeds.add(seed);
    }
    return seeds;
  }

  /** Runs a random test and adds the seed to what it fails with. */
  static void withSeed(long seed, ThrowingCallable test) {
    try {
      test.call();
    } catch (Throwable failure) {
      throw new AssertionError(
          "with -D" + StorageContractTest.SEED_PROPERTY + "=" + seed + ": " + failure.getMessage(),
          failure);
    }
  }

  static StreamName name(String value) {
    return new StreamName(value);
  }

  /** A new incarnation. */
  final StreamId newId() {
    return new StreamId(ids.incrementAndGet(), directory.hashCode());
  }

  final AttemptId newAttempt() {
    return new AttemptId(attempts.incrementAndGet() * -7, attempts.get());
  }

  static Bytes random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  final <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(patienceMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("failed with " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("did not complete within the patience", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Why a stage failed. */
  final Reason awaitFailure(CompletionStage<?> stage) {
    Object result =
        await(
            stage.handle(
                (value, failure) ->
                    failure == null ? "completed with " + value : Stages.causeOf(failure)));
    assertThat(result).isInstanceOf(StorageException.class);
    return ((StorageException) result).reason();
  }

  final CompletionStage<CommitOutcome> submit(
      StreamStorage target, StreamName name, Expected expected, Change change) {
    return target.commit(new Commit(name, expected, newAttempt(), change));
  }

  final CommitOutcome commit(StreamName name, Expected expected, Change change) {
    return await(submit(storage, name, expected, change));
  }

  /** Commits what must apply; returns the version. */
  final long apply(StreamName name, Expected expected, Putting put) {
    return version(commit(name, expected, put.build()));
  }

  final long create(StreamName name, Putting put) {
    return apply(name, Expected.ABSENT, put);
  }

  final void remove(StreamName name, StreamId id, long version) {
    version(commit(name, new Expected.Version(id, version), new Change.Remove()));
  }

  static long version(CommitOutcome outcome) {
    if (outcome instanceof Applied applied) {
      return applied.version();
    }
    return fail("expected it to be applied, but: " + outcome);
  }

  /** Commits what must conflict; returns what is stored instead. */
  final Optional<StoredStream> conflict(StreamName name, Expected expected, Putting put) {
    return current(commit(name, expected, put.build()));
  }

  static Optional<StoredStream> current(CommitOutcome outcome) {
    if (outcome instanceof Conflict conflict) {
      return conflict.current();
    }
    return fail("expected a conflict, but: " + outcome);
  }

  /** Commits what must apply, without waiting for it; a bounded number at a time. */
  final void applyLater(StreamName name, Expected expected, Putting put) {
    inFlight.add(submit(storage, name, expected, put.build()));
    while (inFlight.size() > MOST_IN_FLIGHT) {
      version(await(inFlight.remove()));
    }
  }

  final void awaitAllApplied() {
    while (!inFlight.isEmpty()) {
      version(await(inFlight.remove()));
    }
  }

  final Optional<StoredStream> load(StreamName name, String... entries) {
    return await(storage.load(name, Set.of(entries)));
  }

  final StoredStream loaded(StreamName name, String... entries) {
    Optional<StoredStream> found = load(name, entries);
    assertThat(found).as("what is stored under %s", name).isPresent();
    return found.get();
  }

  final Bytes read(StreamId id, long from, long to) {
    return await(storage.read(id, from, to));
  }

  /** Asserts that none of an incarnation's bytes can be had. */
  final void assertUnreadable(StreamId id, long from, long to) {
    assertThat(awaitFailure(storage.read(id, from, to))).isEqualTo(Reason.CORRUPT);
  }

  /** All names under a prefix, page by page. */
  final List<StreamName> list(String prefix, int page) {
    List<StreamName> names = new ArrayList<>();
    String after = "";
    while (true) {
      List<StoredStream> found = await(storage.list(prefix, after, page));
      assertThat(found).hasSizeLessThanOrEqualTo(page);
      found.forEach(stream -> names.add(stream.name()));
      if (found.size() < page) {
        return names;
      }
      after = found.get(page - 1).name().value();
    }
  }

  final List<StreamName> due(Instant now, int limit) {
    return await(storage.due(now, limit));
  }

  /** Asserts what is seen: at once, or soon if the storage is shared and may be stale. */
  final <T> void assertSoon(Supplier<T> seen, T expected) {
    long giveUp = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis());
    T now = seen.get();
    while (storage.capabilities().shared()
        && !now.equals(expected)
        && System.nanoTime() - giveUp < 0) {
      now = seen.get();
    }
    assertThat(now).isEqualTo(expected);
  }

  static Map<String, Bytes> entries(String... keysAndValues) {
    Map<String, Bytes> entries = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      entries.put(keysAndValues[i], Bytes.utf8(keysAndValues[i + 1]));
    }
    return entries;
  }
}
