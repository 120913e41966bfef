package dev.streamkeeper.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryStorageProviderTest {

  private static final StreamId ID = new StreamId(1, 1);
  private static final StreamId OTHER = new StreamId(2, 2);

  @Test
  void isFoundByName() {
    assertThat(ServiceLoader.load(StorageProvider.class))
        .filteredOn(provider -> provider.name().equals("memory"))
        .hasExactlyElementsOfTypes(MemoryStorageProvider.class);
  }

  @Test
  void refusesAnUnknownOption() {
    assertThatThrownBy(() -> open(Map.of("max-byte", "10")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max-byte");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ten", "0", "-1", "1.5", "99999999999999999999"})
  void refusesALimitThatIsNotAPositiveNumber(String value) {
    assertThatThrownBy(() -> open(Map.of("max-bytes", value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max-bytes");
  }

  @Test
  void isFullBeyondItsLimitUntilAStreamIsRemoved() {
    try (StreamStorage storage = open(Map.of("max-bytes", "100"))) {
      assertThat(put(storage, "a", Expected.ABSENT, ID, 0, 60)).isEmpty();
      assertThat(put(storage, "b", Expected.ABSENT, OTHER, 0, 41)).contains(Reason.FULL);
      assertThat(now(storage.load(new StreamName("b"), Set.of()))).isEmpty();
      assertThat(put(storage, "b", Expected.ABSENT, OTHER, 0, 40)).isEmpty();
      assertThat(put(storage, "b", new Expected.Version(OTHER, 1), OTHER, 40, 0)).isEmpty();

      assertThat(commit(storage, "a", new Expected.Version(ID, 1), new Change.Remove())).isEmpty();
      assertThat(put(storage, "b", new Expected.Version(OTHER, 2), OTHER, 40, 60)).isEmpty();
      assertThat(put(storage, "b", new Expected.Version(OTHER, 3), OTHER, 100, 1))
          .contains(Reason.FULL);
    }
  }

  @Test
  void hasRoomAgainForWhatWasReclaimed() {
    try (StreamStorage storage = open(Map.of("max-bytes", "100"))) {
      put(storage, "a", Expected.ABSENT, ID, 0, 100);
      now(storage.reclaim(ID, 0, 30));
      now(storage.reclaim(ID, 10, 30));
      assertThat(put(storage, "a", new Expected.Version(ID, 1), ID, 100, 31)).contains(Reason.FULL);
      assertThat(put(storage, "a", new Expected.Version(ID, 1), ID, 100, 30)).isEmpty();
    }
  }

  @Test
  void aNewIncarnationMayUseTheRoomOfTheFormer() {
    try (StreamStorage storage = open(Map.of("max-bytes", "100"))) {
      put(storage, "a", Expected.ABSENT, ID, 0, 100);
      assertThat(put(storage, "a", new Expected.Version(ID, 1), OTHER, 0, 101))
          .contains(Reason.FULL);
      assertThat(now(storage.read(ID, 0, 100)).length()).isEqualTo(100);
      assertThat(put(storage, "a", new Expected.Version(ID, 1), OTHER, 0, 100)).isEmpty();
      assertThat(commit(storage, "a", new Expected.Version(OTHER, 1), new Change.Remove()))
          .isEmpty();
      assertThat(put(storage, "a", Expected.ABSENT, ID, 0, 100)).isEmpty();
    }
  }

  private static Optional<Reason> put(
      StreamStorage storage, String name, Expected expected, StreamId id, long position, int size) {
    return commit(
        storage,
        name,
        expected,
        new Change.Put(
            id,
            Bytes.EMPTY,
            Optional.empty(),
            Map.of(),
            position,
            size == 0 ? List.of() : List.of(Bytes.wrap(new byte[size]))));
  }

  /** The reason of the failure, or empty if the commit was applied. */
  private static Optional<Reason> commit(
      StreamStorage storage, String name, Expected expected, Change change) {
    Commit commit = new Commit(new StreamName(name), expected, new AttemptId(1, 1), change);
    return storage
        .commit(commit)
        .handle(
            (outcome, failure) -> {
              if (failure instanceof StorageException refused) {
                return Optional.of(refused.reason());
              }
              assertThat(outcome).isInstanceOf(CommitOutcome.Applied.class);
              return Optional.<Reason>empty();
            })
        .toCompletableFuture()
        .join();
  }

  private static <T> T now(CompletionStage<T> stage) {
    assertThat(stage.toCompletableFuture()).isDone();
    return stage.toCompletableFuture().join();
  }

  private static StreamStorage open(Map<String, String> options) {
    return new MemoryStorageProvider()
        .open(
            new StorageConfig(
                Path.of("unused"), StorageConfig.Durability.SYNC, Duration.ofSeconds(30), options));
  }
}
