package dev.streamkeeper.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.CommitOutcome.Conflict;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Random programs of all operations on a few streams, compared with a naive model step by step. */
abstract class RandomProgramContract extends Contract {

  private static final int STEPS = 400;
  private static final Instant T = Instant.parse("2030-01-01T00:00:00Z");
  private static final List<String> KEYS = List.of("a", "b", "c", "ab", "");

  RandomProgramContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void randomProgramsMatchTheModel() {
    for (long seed : seeds(10)) {
      withSeed(seed, () -> new Program(seed).run());
    }
  }

  /** What the model knows of a stream; the version is what the storage said. */
  private record Modelled(
      StreamId id,
      long version,
      AttemptId attempt,
      Bytes metadata,
      Optional<Instant> due,
      Map<String, Bytes> entries,
      Bytes bytes) {

    StoredStream as(StreamName name, Set<String> keys) {
      Map<String, Bytes> wanted = new HashMap<>(entries);
      wanted.keySet().retainAll(keys);
      return new StoredStream(name, id, version, attempt, metadata, wanted);
    }
  }

  private final class Program {

    private final Random random;
    private final String root;
    private final Map<StreamName, Modelled> model = new TreeMap<>();
    private final List<StreamId> gone = new ArrayList<>();

    Program(long seed) {
      random = new Random(seed);
      root = "p" + seed + "/";
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(12)) {
          case 0, 1, 2, 3, 4, 5 -> commit();
          case 6 -> load();
          case 7, 8 -> readSomething();
          case 9 -> list();
          case 10 -> findDue();
          default -> rarely();
        }
      }
      for (StreamName name : List.copyOf(model.keySet())) {
        Modelled stream = modelled(name);
        assertThat(read(stream.id(), 0, stream.bytes().length())).isEqualTo(stream.bytes());
        remove(name, stream.id(), stream.version());
      }
    }

    private Modelled modelled(StreamName name) {
      return Objects.requireNonNull(model.get(name));
    }

    private StreamName someName() {
      return name(root + random.nextInt(6));
    }

    private void commit() {
      StreamName name = someName();
      Optional<Modelled> current = Optional.ofNullable(model.get(name));
      Expected expected = someExpectation(current);
      boolean holds = holds(expected, current);
      Change change = random.nextInt(6) == 0 ? new Change.Remove() : somePut(current);
      AttemptId attempt = newAttempt();
      CommitOutcome outcome = await(storage.commit(new Commit(name, expected, attempt, change)));
      if (!holds) {
        assertThat(outcome).isInstanceOf(Conflict.class);
        Optional<StoredStream> found = ((Conflict) outcome).current();
        Set<String> keys =
            change instanceof Change.Put put ? put.entries().keySet() : Set.<String>of();
        if (change instanceof Change.Put) {
          assertThat(found).isEqualTo(current.map(stream -> stream.as(name, keys)));
        } else {
          assertThat(found.map(StoredStream::version)).isEqualTo(current.map(Modelled::version));
        }
        return;
      }
      assertThat(outcome).isInstanceOf(Applied.class);
      if (change instanceof Change.Put put) {
        put(name, current, put, attempt, ((Applied) outcome).version());
      } else {
        current.ifPresent(stream -> gone.add(stream.id()));
        model.remove(name);
      }
    }

    private void put(
        StreamName name,
        Optional<Modelled> current,
        Change.Put put,
        AttemptId attempt,
        long version) {
      boolean continues = current.isPresent() && current.get().id().equals(put.id());
      if (continues) {
        assertThat(version).isGreaterThan(current.get().version());
      } else {
        current.ifPresent(stream -> gone.add(stream.id()));
      }
      Map<String, Bytes> entries =
          continues ? new HashMap<>(current.get().entries()) : new HashMap<>();
      put.entries()
          .forEach(
              (key, value) ->
                  value.ifPresentOrElse(kept -> entries.put(key, kept), () -> entries.remove(key)));
      List<Bytes> bytes = new ArrayList<>();
      bytes.add(continues ? current.get().bytes() : Bytes.EMPTY);
      bytes.addAll(put.appended());
      model.put(
          name,
          new Modelled(
              put.id(), version, attempt, put.metadata(), put.due(), entries, Bytes.concat(bytes)));
    }

    private Expected someExpectation(Optional<Modelled> current) {
      if (current.isEmpty()) {
        return random.nextInt(5) == 0 ? new Expected.Version(newId(), 1) : Expected.ABSENT;
      }
      Modelled stream = current.get();
      return switch (random.nextInt(12)) {
        case 0 -> Expected.ABSENT;
        case 1 -> new Expected.Version(stream.id(), stream.version() - 1);
        case 2 -> new Expected.Version(newId(), stream.version());
        default -> new Expected.Version(stream.id(), stream.version());
      };
    }

    private boolean holds(Expected expected, Optional<Modelled> current) {
      return expected instanceof Expected.Version version
          ? current.isPresent()
              && current.get().id().equals(version.id())
              && current.get().version() == version.version()
          : current.isEmpty();
    }

    private Change.Put somePut(Optional<Modelled> current) {
      boolean continues = current.isPresent() && random.nextInt(10) > 0;
      Putting put = Putting.put(continues ? current.get().id() : newId());
      put.metadata(random(random, random.nextInt(50)));
      if (random.nextBoolean()) {
        put.due(T.plusMillis(random.nextInt(1_000)));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        String key = "k" + KEYS.get(random.nextInt(KEYS.size()));
        if (random.nextInt(3) == 0) {
          put.noEntry(key);
        } else {
          put.entry(key, random(random, 1 + random.nextInt(30)));
        }
      }
      List<Bytes> parts = new ArrayList<>();
      int longest = 1 << random.nextInt(1, 14);
      for (int i = random.nextInt(4); i > 0; i--) {
        parts.add(random(random, 1 + random.nextInt(longest)));
      }
      put.append(continues ? current.get().bytes().length() : 0, parts);
      return put.build();
    }

    private void load() {
      StreamName name = someName();
      Set<String> keys = new HashSet<>();
      for (String key : KEYS) {
        if (random.nextBoolean()) {
          keys.add("k" + key);
        }
      }
      assertThat(await(storage.load(name, keys)))
          .isEqualTo(Optional.ofNullable(model.get(name)).map(stream -> stream.as(name, keys)));
    }

    private void readSomething() {
      if (!gone.isEmpty() && random.nextInt(4) == 0) {
        assertUnreadable(gone.get(random.nextInt(gone.size())), 0, 1);
        return;
      }
      Modelled stream = model.get(someName());
      if (stream != null) {
        int length = stream.bytes().length();
        int from = random.nextInt(length + 1);
        int to = from + random.nextInt(length - from + 1);
        assertThat(read(stream.id(), from, to)).isEqualTo(stream.bytes().slice(from, to));
        assertUnreadable(stream.id(), from, length + 1L);
      }
    }

    private void list() {
      List<StoredStream> expected = new ArrayList<>();
      model.forEach((name, stream) -> expected.add(stream.as(name, Set.of())));
      assertSoon(() -> await(storage.list(root, "", 100)), expected);
    }

    private void findDue() {
      Instant now = T.plusMillis(random.nextInt(1_000));
      Set<StreamName> expected = new HashSet<>();
      model.forEach(
          (name, stream) ->
              stream.due().filter(at -> !at.isAfter(now)).ifPresent(at -> expected.add(name)));
      assertSoon(() -> Set.copyOf(due(now, 10_000)), expected);
      if (!storage.capabilities().shared()) {
        assertThat(due(now, 10_000))
            .isSortedAccordingTo(Comparator.comparing(name -> modelled(name).due().orElseThrow()));
      }
    }

    private void rarely() {
      if (storage.capabilities().durable() && random.nextInt(5) == 0) {
        reopen();
      }
    }
  }
}
