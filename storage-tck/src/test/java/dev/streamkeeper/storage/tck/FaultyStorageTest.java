package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.example.storage.MapStorageProvider;
import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.CommitOutcome.Conflict;
import dev.streamkeeper.storage.CommitOutcome.Unknown;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FaultyStorageTest {

  private static final StreamName NAME = new StreamName("a");
  private static final StreamId ID = new StreamId(1, 1);
  private static final Instant DUE = Instant.parse("2030-01-01T00:00:00Z");

  private final StreamStorage real =
      new MapStorageProvider().open(StorageConfig.of(Path.of("unused")));
  private final FaultyStorage storage = FaultyStorage.stepped(real, 42);
  private long attempts;

  @AfterEach
  void close() {
    storage.close();
  }

  @Test
  void withoutRatesItIsTheRealStorage() {
    long version = applied(create(NAME, ID));
    assertThat(now(storage.load(NAME, Set.of())).map(StoredStream::version)).contains(version);
    assertThat(now(storage.read(ID, 0, 3))).isEqualTo(Bytes.utf8("abc"));
    assertThat(now(storage.list("", "", 10))).hasSize(1);
    assertThat(now(storage.due(DUE, 10))).containsExactly(NAME);
    assertThat(storage.step()).isFalse();
    for (Fault fault : Fault.values()) {
      assertThat(storage.count(fault)).isZero();
    }
  }

  @Test
  void itSaysThatItIsShared() {
    assertThat(real.capabilities().shared()).isFalse();
    assertThat(storage.capabilities().shared()).isTrue();
    assertThat(storage.capabilities().maxCommitBytes())
        .isEqualTo(real.capabilities().maxCommitBytes());
  }

  @Test
  void aConflictIsARealChangeThatKeepsEverythingElse() {
    long version = applied(create(NAME, ID));
    StoredStream before = stored("e");
    storage.rate(Fault.CONFLICT, 1);

    CommitOutcome outcome = now(append(NAME, ID, version, 3));

    assertThat(outcome).isInstanceOf(Conflict.class);
    StoredStream current = ((Conflict) outcome).current().orElseThrow();
    assertThat(current).isEqualTo(stored("e"));
    assertThat(current.version()).isGreaterThan(version);
    assertThat(current.attempt()).isNotEqualTo(before.attempt());
    assertThat(current.metadata()).isEqualTo(before.metadata());
    assertThat(current.entries()).isEqualTo(before.entries());
    assertThat(now(real.due(DUE, 10))).containsExactly(NAME);
    assertThat(now(real.read(ID, 0, 3))).isEqualTo(Bytes.utf8("abc"));
    assertThat(storage.count(Fault.CONFLICT)).isEqualTo(1);

    storage.rate(Fault.CONFLICT, 0);
    applied(append(NAME, ID, current.version(), 3));
    assertThat(now(real.read(ID, 0, 6))).isEqualTo(Bytes.utf8("abcabc"));
  }

  @Test
  void anUnknownCommitMayHaveBeenApplied() {
    storage.rate(Fault.UNKNOWN_APPLIED, 1);
    assertThat(now(create(NAME, ID))).isInstanceOf(Unknown.class);
    assertThat(stored().id()).isEqualTo(ID);
    assertThat(storage.count(Fault.UNKNOWN_APPLIED)).isEqualTo(1);
  }

  @Test
  void anUnknownCommitMayNeverBeApplied() {
    storage.rate(Fault.UNKNOWN_LOST, 1);
    assertThat(now(create(NAME, ID))).isInstanceOf(Unknown.class);
    storage.heal();
    assertThat(now(real.load(NAME, Set.of()))).isEmpty();
    assertThat(storage.count(Fault.UNKNOWN_LOST)).isEqualTo(1);
  }

  @Test
  void anUnknownCommitMayBeAppliedLater() {
    storage.rate(Fault.UNKNOWN_LATE, 1);
    assertThat(now(create(NAME, ID))).isInstanceOf(Unknown.class);
    assertThat(now(real.load(NAME, Set.of()))).isEmpty();
    assertThat(storage.step()).isTrue();
    assertThat(stored().id()).isEqualTo(ID);
  }

  @Test
  void aLateCommitIsAppliedOnlyIfItsConditionStillHolds() {
    long version = applied(create(NAME, ID));
    storage.rate(Fault.UNKNOWN_LATE, 1);
    assertThat(now(append(NAME, ID, version, 3))).isInstanceOf(Unknown.class);
    storage.rate(Fault.UNKNOWN_LATE, 0);
    long other = applied(append(NAME, ID, version, 3));
    storage.heal();
    assertThat(stored().version()).isEqualTo(other);
    assertThat(now(real.read(ID, 0, 6))).isEqualTo(Bytes.utf8("abcabc"));
  }

  @Test
  void healingSettlesLateCommitsFirst() {
    long version = applied(create(NAME, ID));
    storage.rate(Fault.UNKNOWN_LATE, 1);
    assertThat(now(append(NAME, ID, version, 3))).isInstanceOf(Unknown.class);
    storage.heal();
    assertThat(stored().version()).isGreaterThan(version);
    assertThat(now(append(NAME, ID, version, 3))).isInstanceOf(Conflict.class);
    applied(append(NAME, ID, stored().version(), 6));
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "FULL"})
  void aFailedCommitWasNotWritten(Fault fault) {
    storage.rate(fault, 1);
    assertThat(reasonOf(create(NAME, ID))).isEqualTo(Reason.valueOf(fault.name()));
    storage.heal();
    assertThat(now(real.load(NAME, Set.of()))).isEmpty();
    assertThat(storage.count(fault)).isEqualTo(1);
  }

  @Test
  void everythingThatReadsMayFail() {
    applied(create(NAME, ID));
    storage.rate(Fault.READ_FAILURE, 1);
    assertThat(reasonOf(storage.load(NAME, Set.of()))).isEqualTo(Reason.UNAVAILABLE);
    assertThat(reasonOf(storage.read(ID, 0, 3))).isEqualTo(Reason.UNAVAILABLE);
    assertThat(reasonOf(storage.list("", "", 10))).isEqualTo(Reason.UNAVAILABLE);
    assertThat(reasonOf(storage.due(DUE, 10))).isEqualTo(Reason.UNAVAILABLE);
    assertThat(reasonOf(storage.reclaim(ID, 0, 3))).isEqualTo(Reason.UNAVAILABLE);
    assertThat(now(real.read(ID, 0, 3))).isEqualTo(Bytes.utf8("abc"));
  }

  @Test
  void aStaleListingIsWhatTheSameCallReturnedBefore() {
    applied(create(NAME, ID));
    List<StoredStream> before = now(storage.list("", "", 10));
    applied(create(new StreamName("b"), new StreamId(2, 2)));
    storage.rate(Fault.STALE_LIST, 1).rate(Fault.STALE_DUE, 1);

    assertThat(now(storage.list("", "", 10))).isEqualTo(before);
    assertThat(now(storage.list("", "", 10))).hasSize(2);
    assertThat(now(storage.list("", "", 9))).as("a new call is never stale").hasSize(2);
  }

  @Test
  void aStaleSearchNeverFindsWhatIsNotDueYet() {
    applied(create(NAME, ID));
    storage.rate(Fault.STALE_DUE, 1);
    assertThat(now(storage.due(DUE.plusSeconds(1), 10))).containsExactly(NAME);
    assertThat(now(storage.due(DUE.minusSeconds(1), 10))).isEmpty();
    assertThat(now(storage.due(DUE.plusSeconds(1), 10))).isEmpty();
    assertThat(storage.count(Fault.STALE_DUE)).isEqualTo(1);
  }

  @Test
  void delayedOperationsWaitForASteppingTest() {
    storage.rate(Fault.DELAY, 1);
    CompletableFuture<CommitOutcome> created = create(NAME, ID).toCompletableFuture();
    CompletableFuture<?> listed = storage.list("", "", 10).toCompletableFuture();
    while (!created.isDone() || !listed.isDone()) {
      assertThat(storage.step()).isTrue();
    }
    assertThat(storage.count(Fault.DELAY)).isEqualTo(2);
    assertThat(stored().id()).isEqualTo(ID);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void delaysReorderStreamsButNeverCommitsOfOne(long seed) {
    FaultyStorage delayed =
        storage.beside(seed).rate(Fault.DELAY, 0.7).rate(Fault.UNAVAILABLE, 0.2);
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int number = i;
      StreamName name = new StreamName("s" + i % 4);
      // All expect absence: the first that is not refused wins, and the later ones meet it.
      Change change = put(new StreamId(seed, i)).metadata("" + i).build();
      delayed
          .commit(new Commit(name, Expected.ABSENT, new AttemptId(1, i), change))
          .whenComplete((outcome, failure) -> order.add(name + " " + number + " " + outcome));
    }
    while (order.size() < 40) {
      assertThat(delayed.step()).as("%s", delayed).isTrue();
    }
    Map<String, Integer> last = new HashMap<>();
    Map<String, Integer> applied = new HashMap<>();
    boolean overtaken = false;
    int greatest = -1;
    for (String line : order) {
      String[] parts = line.split(" ", 3);
      int number = Integer.parseInt(parts[1]);
      assertThat(number)
          .as("%s: %s", delayed, order)
          .isGreaterThan(last.getOrDefault(parts[0], -1));
      last.put(parts[0], number);
      overtaken |= number < greatest;
      greatest = Math.max(greatest, number);
      if (parts[2].startsWith("Applied")) {
        assertThat(applied.put(parts[0], number)).isNull();
      } else if (parts[2].startsWith("Conflict")) {
        assertThat(applied).containsKey(parts[0]);
      }
    }
    assertThat(overtaken).as("%s: %s", delayed, order).isTrue();
    delayed.close();
  }

  @Test
  void theSameSeedDoesTheSameEachTime() {
    for (long seed = 1; seed <= 5; seed++) {
      assertThat(transcript(seed)).isEqualTo(transcript(seed));
    }
    assertThat(transcript(1)).isNotEqualTo(transcript(2));
  }

  private List<String> transcript(long seed) {
    StreamStorage fresh = new MapStorageProvider().open(StorageConfig.of(Path.of("unused")));
    FaultyStorage faulty =
        FaultyStorage.stepped(fresh, seed)
            .rates(0.1)
            .rate(Fault.CONFLICT, 0.5)
            .rate(Fault.LOST_HINT, 0.3)
            .rate(Fault.LATE_HINT, 0.3);
    Random random = new Random(7);
    List<String> lines = new ArrayList<>();
    StreamStorage.Watch watch = faulty.watch(name -> lines.add("hint " + name));
    for (int i = 0; i < 500; i++) {
      int number = i;
      StreamName name = new StreamName("s" + random.nextInt(5));
      CompletionStage<?> stage =
          switch (random.nextInt(5)) {
            case 0, 1 -> {
              Optional<StoredStream> seen = now(fresh.load(name, Set.of()));
              Expected expected =
                  seen.<Expected>map(s -> new Expected.Version(s.id(), s.version()))
                      .orElse(Expected.ABSENT);
              StreamId id = seen.map(StoredStream::id).orElse(new StreamId(1, i));
              Change change = put(id).metadata("" + i).due(DUE).build();
              yield faulty.commit(new Commit(name, expected, new AttemptId(1, i), change));
            }
            case 2 -> faulty.load(name, Set.of());
            case 3 -> faulty.list("", "", 10);
            default -> faulty.due(DUE, 10);
          };
      stage.whenComplete(
          (result, failure) -> lines.add(number + " " + (failure == null ? result : failure)));
      if (random.nextBoolean()) {
        faulty.step();
      }
    }
    faulty.heal();
    watch.close();
    faulty.close();
    assertThat(lines.stream().filter(line -> !line.startsWith("hint"))).hasSize(500);
    for (Fault fault : Fault.values()) {
      assertThat(faulty.count(fault)).as("%s", fault).isPositive();
    }
    lines.replaceAll(line -> line.replaceAll("cause=.*", "cause"));
    return lines;
  }

  @Test
  void whatAnotherWriterChangesGivesHints() {
    long version = applied(create(NAME, ID));
    List<StreamName> hinted = new ArrayList<>();
    StreamStorage.Watch watch = storage.watch(hinted::add);
    version = applied(append(NAME, ID, version, 3));
    storage.heal();
    assertThat(hinted).as("its own changes give none").isEmpty();

    FaultyStorage other = storage.beside(43);
    Change change = put(ID).append(6, Bytes.utf8("x")).build();
    applied(
        other.commit(
            new Commit(NAME, new Expected.Version(ID, version), new AttemptId(9, 9), change)));
    storage.heal();
    assertThat(hinted).containsExactly(NAME);

    storage.rate(Fault.CONFLICT, 1);
    now(append(NAME, ID, version, 7));
    storage.heal();
    assertThat(hinted).isNotEmpty();

    watch.close();
    hinted.clear();
    storage.rate(Fault.CONFLICT, 1);
    now(append(NAME, ID, version, 7));
    storage.heal();
    assertThat(hinted).isEmpty();
    other.close();
  }

  @Test
  void hintsMayBeLostOrLate() {
    applied(create(NAME, ID));
    List<StreamName> hinted = new ArrayList<>();
    storage.watch(hinted::add);
    storage.rate(Fault.LOST_HINT, 1).rate(Fault.CONFLICT, 1);
    now(append(NAME, ID, 1, 3));
    while (storage.step()) {
      // Whatever is planned.
    }
    assertThat(hinted).isEmpty();
    assertThat(storage.count(Fault.LOST_HINT)).isEqualTo(1);

    storage.rate(Fault.LOST_HINT, 0).rate(Fault.LATE_HINT, 1);
    now(append(NAME, ID, 2, 3));
    assertThat(hinted).isEmpty();
    assertThat(storage.step()).isTrue();
    assertThat(hinted).containsExactly(NAME);
  }

  @Test
  void closingFinishesWhatWasSubmittedAndThenRefuses() {
    storage.rate(Fault.DELAY, 1);
    CompletionStage<CommitOutcome> created = create(NAME, ID);
    FaultyStorage other = storage.beside(43);
    storage.close();
    storage.close();
    applied(created);
    assertThat(reasonOf(storage.load(NAME, Set.of()))).isEqualTo(Reason.CLOSED);
    assertThat(reasonOf(create(NAME, ID))).isEqualTo(Reason.CLOSED);
    assertThatThrownBy(() -> storage.watch(name -> {})).isInstanceOf(StorageException.class);

    assertThat(now(other.load(NAME, Set.of()))).as("others go on").isPresent();
    other.close();
    assertThat(reasonOf(real.load(NAME, Set.of()))).isEqualTo(Reason.CLOSED);
  }

  @Test
  void aRateIsAShare() {
    assertThatThrownBy(() -> storage.rate(Fault.DELAY, 1.1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> storage.rate(Fault.DELAY, Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void itsOwnThreadLetsDelayedThingsHappen() throws Exception {
    StreamStorage fresh = new MapStorageProvider().open(StorageConfig.of(Path.of("unused")));
    FaultyStorage faulty =
        FaultyStorage.around(fresh, 3)
            .rate(Fault.DELAY, 1)
            .rate(Fault.UNKNOWN_LATE, 0.3)
            .rate(Fault.UNAVAILABLE, 0.1);
    List<CompletionStage<CommitOutcome>> commits = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Change change = put(new StreamId(1, i)).build();
      StreamName name = new StreamName("s" + i);
      commits.add(faulty.commit(new Commit(name, Expected.ABSENT, new AttemptId(1, i), change)));
    }
    int refused = 0;
    for (CompletionStage<CommitOutcome> commit : commits) {
      Optional<CommitOutcome> outcome =
          commit
              .handle((result, failure) -> Optional.ofNullable(result))
              .toCompletableFuture()
              .get(60, TimeUnit.SECONDS);
      refused += outcome.isEmpty() ? 1 : 0;
    }
    faulty.heal();
    assertThat(now(fresh.list("", "", 10_000))).hasSize(200 - refused);
    assertThat(refused).isEqualTo((int) faulty.count(Fault.UNAVAILABLE)).isPositive();
    faulty.close();
  }

  private CompletionStage<CommitOutcome> create(StreamName name, StreamId id) {
    Change change = put(id).due(DUE).entry("e", "1").append(0, Bytes.utf8("abc")).build();
    return storage.commit(new Commit(name, Expected.ABSENT, attempt(), change));
  }

  private CompletionStage<CommitOutcome> append(
      StreamName name, StreamId id, long version, long position) {
    Change change = put(id).due(DUE).entry("e", "1").append(position, Bytes.utf8("abc")).build();
    return storage.commit(new Commit(name, new Expected.Version(id, version), attempt(), change));
  }

  private AttemptId attempt() {
    return new AttemptId(1, ++attempts);
  }

  private StoredStream stored(String... entries) {
    return now(real.load(NAME, Set.of(entries))).orElseThrow();
  }

  private static long applied(CompletionStage<CommitOutcome> commit) {
    CommitOutcome outcome = now(commit);
    assertThat(outcome).isInstanceOf(Applied.class);
    return ((Applied) outcome).version();
  }

  private static <T> T now(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  private static Reason reasonOf(CompletionStage<?> stage) {
    assertThat(stage.toCompletableFuture()).isCompletedExceptionally();
    try {
      stage.toCompletableFuture().join();
      throw new AssertionError("completed");
    } catch (CompletionException e) {
      if (e.getCause() instanceof StorageException failure) {
        return failure.reason();
      }
      throw new AssertionError("failed otherwise", e);
    }
  }
}
