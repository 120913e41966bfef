package dev.streamkeeper.storage.lmdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageConfig.Durability;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is particular to LMDB; everything else is in the contract. */
class LmdbStorageTest {

  private static final StreamName NAME = new StreamName("s");
  private static final StreamId ID = new StreamId(1, 2);

  @TempDir Path folder;

  private StreamStorage open(Durability durability, Map<String, String> options) {
    return new LmdbStorageProvider()
        .open(new StorageConfig(folder, durability, Duration.ofSeconds(30), options));
  }

  private StreamStorage open() {
    return open(Durability.SYNC, Map.of());
  }

  private static Commit append(StreamName name, StreamId id, long version, long at, Bytes bytes) {
    return new Commit(
        name,
        version == 0 ? Expected.ABSENT : new Expected.Version(id, version),
        new AttemptId(7, version),
        new Change.Put(id, Bytes.utf8("m"), Optional.empty(), Map.of(), at, List.of(bytes)));
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static Reason failure(CompletionStage<?> stage) {
    try {
      await(stage);
    } catch (CompletionException e) {
      return reasonOf(e);
    }
    throw new AssertionError("did not fail");
  }

  private static Reason reasonOf(CompletionException thrown) {
    if (thrown.getCause() instanceof StorageException failure) {
      return failure.reason();
    }
    throw new AssertionError("failed otherwise", thrown);
  }

  @Test
  void aFullMapRefusesWhatDoesNotFitAndNothingElseUntilItIsLarger() {
    try (StreamStorage storage = open(Durability.SYNC, Map.of("map-size", "2097152"))) {
      Bytes piece = Bytes.wrap(new byte[50_000]);
      long stored = 0;
      Reason reason = null;
      while (reason == null) {
        try {
          await(storage.commit(append(NAME, ID, stored, stored * piece.length(), piece)));
          stored++;
        } catch (CompletionException e) {
          reason = reasonOf(e);
        }
      }
      assertThat(reason).isEqualTo(Reason.FULL);
      assertThat(await(storage.read(ID, 0, stored * piece.length())).length())
          .isEqualTo((int) (stored * piece.length()));

      StreamName other = new StreamName("small");
      StreamId otherId = new StreamId(3, 4);
      CompletionStage<CommitOutcome> large =
          storage.commit(append(new StreamName("l"), new StreamId(5, 6), 0, 0, piece));
      CompletionStage<CommitOutcome> small =
          storage.commit(append(other, otherId, 0, 0, Bytes.utf8("fits")));
      assertThat(failure(large)).isEqualTo(Reason.FULL);
      assertThat(await(small)).isInstanceOf(CommitOutcome.Applied.class);
    }
    try (StreamStorage larger = open(Durability.SYNC, Map.of("map-size", "8388608"))) {
      Bytes piece = Bytes.wrap(new byte[50_000]);
      assertThat(await(larger.commit(append(new StreamName("l"), new StreamId(5, 6), 0, 0, piece))))
          .isInstanceOf(CommitOutcome.Applied.class);
    }
  }

  @Test
  void aFolderHasOneOwner() throws Exception {
    try (StreamStorage storage = open()) {
      assertThat(storage.capabilities().durable()).isTrue();
      assertThatThrownBy(this::open)
          .isInstanceOf(StorageException.class)
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("in use");
    }
    open().close();
  }

  @Test
  void anotherFormatIsRefused() throws Exception {
    open().close();
    Path data = folder.resolve("data.mdb");
    byte[] file = Files.readAllBytes(data);
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int at = text.indexOf("streamkeeper-lmdb 1");
    assertThat(at).isPositive();
    while (at >= 0) {
      file[at + "streamkeeper-lmdb ".length()] = '9';
      at = text.indexOf("streamkeeper-lmdb 1", at + 1);
    }
    Files.write(data, file);

    assertThatThrownBy(this::open)
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("streamkeeper-lmdb 9");
    assertThatThrownBy(this::open).as("the lock was let go").hasMessageContaining("format");
  }

  @Test
  void aFlippedBitIsFoundAndOtherStreamsGoOn() throws Exception {
    Bytes marked = Bytes.utf8("MARK".repeat(2000));
    StreamName other = new StreamName("other");
    StreamId otherId = new StreamId(9, 9);
    try (StreamStorage storage = open()) {
      await(storage.commit(append(NAME, ID, 0, 0, marked)));
      await(storage.commit(append(other, otherId, 0, 0, Bytes.utf8("well"))));
    }
    Path data = folder.resolve("data.mdb");
    String text = new String(Files.readAllBytes(data), StandardCharsets.ISO_8859_1);
    try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "rw")) {
      for (int at = text.indexOf("MARKMARK"); at >= 0; at = text.indexOf("MARKMARK", at + 8000)) {
        file.seek(at + 4000);
        file.write('?');
      }
    }
    try (StreamStorage storage = open()) {
      assertThat(failure(storage.read(ID, 0, 10))).isEqualTo(Reason.CORRUPT);
      assertThat(await(storage.read(otherId, 0, 4))).isEqualTo(Bytes.utf8("well"));
    }
  }

  @Test
  void whatIsAcknowledgedAsynchronouslyIsVisibleAtOnceAndKept() {
    try (StreamStorage storage = open(Durability.ASYNC, Map.of())) {
      assertThat(storage.capabilities().asyncLag()).isEqualTo(Writer.LAG);
      for (int i = 0; i < 200; i++) {
        await(storage.commit(append(NAME, ID, i, i, Bytes.wrap(new byte[] {(byte) i}))));
        assertThat(await(storage.load(NAME, Set.of())).orElseThrow().version()).isEqualTo(i + 1L);
        assertThat(await(storage.read(ID, 0, i + 1)).at(i)).isEqualTo((byte) i);
      }
    }
    try (StreamStorage storage = open()) {
      assertThat(await(storage.read(ID, 0, 200)).length()).isEqualTo(200);
    }
  }

  @Test
  void anAsynchronousMapThatIsFullLosesNothingThatWasAcknowledged() {
    int stored = 0;
    Bytes piece = Bytes.wrap(new byte[50_000]);
    Map<String, String> small = Map.of("map-size", "2097152");
    try (StreamStorage storage = open(Durability.ASYNC, small)) {
      Reason reason = null;
      while (reason == null) {
        try {
          await(storage.commit(append(NAME, ID, stored, (long) stored * 50_000, piece)));
          stored++;
        } catch (CompletionException e) {
          reason = reasonOf(e);
        }
      }
      assertThat(reason).isEqualTo(Reason.FULL);
    }
    try (StreamStorage storage = open(Durability.SYNC, small)) {
      assertThat(await(storage.read(ID, 0, stored * 50_000L)).length()).isEqualTo(stored * 50_000);
    }
  }

  @Test
  void longNamesThatDifferOnlyAtTheirEndAreListedInOrder() {
    try (StreamStorage storage = open()) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String name = "x".repeat(470 + i * 13) + (char) ('a' + i % 26);
        names.add(name);
        await(
            storage.commit(
                append(new StreamName(name), new StreamId(i, i), 0, 0, Bytes.utf8("d"))));
      }
      names.sort(StreamName.UTF8_ORDER);
      List<String> listed = new ArrayList<>();
      String after = "";
      while (listed.size() < names.size()) {
        var page = await(storage.list("x", after, 7));
        page.forEach(stream -> listed.add(stream.name().value()));
        after = listed.get(listed.size() - 1);
      }

      assertThat(listed).isEqualTo(names);
    }
  }

  @Test
  void optionsThatAreNotKnownAreRefused() {
    assertThatThrownBy(() -> open(Durability.SYNC, Map.of("speed", "11")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("map-size");
    assertThatThrownBy(() -> open(Durability.SYNC, Map.of("map-size", "big")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
