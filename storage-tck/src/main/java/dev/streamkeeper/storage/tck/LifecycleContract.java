package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.streamkeeper.storage.Capabilities;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Being found, opened, closed and opened again; hints. */
abstract class LifecycleContract extends Contract {

  private static final StreamName NAME = name("a/b");
  private static final Instant DUE = Instant.parse("2030-01-01T00:00:00Z");

  LifecycleContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void theProviderIsFoundByItsName() {
    String name = providerName();
    assertThat(name).matches("[a-z][a-z-]*");
    assertThat(ServiceLoader.load(StorageProvider.class).stream().map(p -> p.get().name()))
        .as("META-INF/services/%s", StorageProvider.class.getName())
        .containsOnlyOnce(name);
  }

  @Test
  void anUnknownOptionIsRefused() {
    StorageConfig config = config();
    Map<String, String> options = new HashMap<>(config.options());
    options.put("no-storage-has-this-option", "1");
    StorageConfig wrong =
        new StorageConfig(
            directory.resolve("refused"), config.durability(), config.deadline(), options);
    assertThatThrownBy(() -> provider().open(wrong)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void capabilitiesAreConstantAndPossible() {
    Capabilities capabilities = storage.capabilities();
    assertThat(capabilities.maxCommitBytes()).isGreaterThanOrEqualTo(Capabilities.MIN_COMMIT_BYTES);
    assertThat(capabilities.asyncLag()).isGreaterThanOrEqualTo(Duration.ZERO);
    if (config().durability() == StorageConfig.Durability.SYNC) {
      assertThat(capabilities.asyncLag()).isZero();
    }
    create(NAME, put(newId()));
    assertThat(storage.capabilities()).isEqualTo(capabilities);
  }

  @Test
  void everythingFailsAfterClosing() {
    StreamId id = newId();
    create(NAME, put(id).append(0, Bytes.utf8("abc")));
    storage.close();
    storage.close();
    assertClosed(storage.load(NAME, Set.of()));
    assertClosed(storage.load(NAME, Set.of("e")));
    assertClosed(submit(storage, name("c"), Expected.ABSENT, put(newId()).build()));
    assertClosed(submit(storage, NAME, new Expected.Version(id, 1), new Change.Remove()));
    assertClosed(storage.read(id, 0, 3));
    assertClosed(storage.list("", "", 10));
    assertClosed(storage.due(DUE, 10));
    assertClosed(storage.reclaim(id, 0, 1));
    assertThatThrownBy(() -> storage.watch(name -> {}))
        .isInstanceOfSatisfying(
            StorageException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
  }

  private void assertClosed(CompletionStage<?> stage) {
    assertThat(awaitFailure(stage)).isEqualTo(Reason.CLOSED);
  }

  @Test
  void closingFinishesWhatWasSubmitted() {
    List<StreamId> ids = new ArrayList<>();
    List<CompletionStage<CommitOutcome>> submitted = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ids.add(newId());
      Change.Put put = put(ids.get(i)).metadata("m" + i).append(0, Bytes.utf8("b" + i)).build();
      submitted.add(submit(storage, name("s" + i), Expected.ABSENT, put));
    }
    storage.close();
    submitted.forEach(stage -> version(await(stage)));
    if (storage.capabilities().durable()) {
      storage = openAnother();
      for (int i = 0; i < 500; i++) {
        assertThat(loaded(name("s" + i)).metadata()).isEqualTo(Bytes.utf8("m" + i));
        Bytes expected = Bytes.utf8("b" + i);
        assertThat(read(ids.get(i), 0, expected.length())).isEqualTo(expected);
      }
    }
  }

  @Test
  void aStorageThatIsNotDurableBeginsEmpty() {
    assumeTrue(!storage.capabilities().durable(), "durable");
    create(NAME, put(newId()));
    reopen();
    assertThat(load(NAME)).isEmpty();
    assertThat(list("", 10)).isEmpty();
  }

  @Test
  void everythingIsBackAfterReopening() {
    assumeTrue(storage.capabilities().durable(), "not durable");
    StreamId id = newId();
    long version =
        create(NAME, put(id).due(DUE).entry("a", "1").entry("b", "1").append(7, Bytes.utf8("ab")));
    version =
        apply(
            NAME,
            new Expected.Version(id, version),
            put(id).metadata("kept").due(DUE).noEntry("b").append(9, Bytes.utf8("cd")));
    StreamId gone = newId();
    remove(name("gone"), gone, create(name("gone"), put(gone).append(0, Bytes.utf8("gone"))));
    StreamId former = newId();
    long formerVersion = create(name("next"), put(former).due(DUE).append(0, Bytes.utf8("old")));
    StreamId next = newId();
    apply(
        name("next"),
        new Expected.Version(former, formerVersion),
        put(next).append(0, Bytes.utf8("new")));
    StoredStream stored = loaded(NAME, "a", "b");

    for (int i = 0; i < 3; i++) {
      reopen();
      assertThat(loaded(NAME, "a", "b")).isEqualTo(stored);
      assertThat(read(id, 7, 11)).isEqualTo(Bytes.utf8("abcd"));
      assertUnreadable(id, 11, 12);
      assertThat(load(name("gone"))).isEmpty();
      assertUnreadable(gone, 0, 4);
      assertUnreadable(former, 0, 3);
      assertThat(read(next, 0, 3)).isEqualTo(Bytes.utf8("new"));
      assertSoon(() -> list("", 10), List.of(NAME, name("next")));
      assertSoon(() -> due(DUE, 10), List.of(NAME));
    }
    long later =
        apply(NAME, new Expected.Version(id, version), put(id).append(11, Bytes.utf8("ef")));
    assertThat(later).as("versions grow across reopening").isGreaterThan(version);
    assertThat(read(id, 7, 13)).isEqualTo(Bytes.utf8("abcdef"));
  }

  @Test
  void whatWasNotReclaimedIsBackAfterReopening() {
    assumeTrue(storage.capabilities().durable(), "not durable");
    StreamId id = newId();
    Bytes bytes = Bytes.utf8("0123456789".repeat(10_000));
    create(NAME, put(id).append(0, bytes));
    await(storage.reclaim(id, 0, 50_001));
    await(storage.reclaim(id, 70_000, 80_000));
    reopen();
    assertThat(read(id, 50_001, 70_000)).isEqualTo(bytes.slice(50_001, 70_000));
    assertThat(read(id, 80_000, 100_000)).isEqualTo(bytes.slice(80_000, 100_000));
  }

  @Test
  void aWatchCanBeOpenedAndClosed() {
    StreamStorage.Watch first = storage.watch(name -> {});
    StreamStorage.Watch second = storage.watch(name -> {});
    create(NAME, put(newId()));
    first.close();
    first.close();
    second.close();
    create(name("later"), put(newId()));
  }

  @Test
  void aStorageThatIsNotSharedGivesNoHints() {
    assumeTrue(!storage.capabilities().shared(), "shared");
    Set<StreamName> hinted = ConcurrentHashMap.newKeySet();
    StreamStorage.Watch watch = storage.watch(hinted::add);
    StreamId id = newId();
    remove(NAME, id, create(NAME, put(id)));
    watch.close();
    assertThat(hinted).isEmpty();
  }

  @Test
  void anotherProcessesChangeIsSeenByWhoLoads() {
    assumeTrue(storage.capabilities().shared(), "not shared");
    StreamStorage other = openAnother();
    // Hints may be lost; what must hold is that a load sees the change, whether or not one came.
    Set<StreamName> hinted = ConcurrentHashMap.newKeySet();
    StreamStorage.Watch watch = other.watch(hinted::add);
    StreamId id = newId();
    long version = create(NAME, put(id).append(0, Bytes.utf8("abc")));
    assertThat(await(other.load(NAME, Set.of())).map(StoredStream::version)).contains(version);
    assertThat(await(other.read(id, 0, 3))).isEqualTo(Bytes.utf8("abc"));
    watch.close();
    assertThat(Set.of(NAME)).containsAll(hinted);
  }
}
