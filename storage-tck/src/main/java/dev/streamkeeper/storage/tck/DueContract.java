package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which streams are found when their time has come, to the millisecond. */
abstract class DueContract extends Contract {

  private static final Instant T = Instant.parse("2030-06-01T12:00:00.500Z");

  DueContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void aStreamIsFoundFromItsDueTimeOn() {
    create(name("a"), put(newId()).due(T));
    create(name("never"), put(newId()));
    assertThat(due(T.minusMillis(1), 10)).isEmpty();
    assertThat(due(Instant.EPOCH, 10)).isEmpty();
    assertSoon(() -> due(T, 10), List.of(name("a")));
    assertSoon(() -> due(T.plusMillis(1), 10), List.of(name("a")));
    assertSoon(() -> due(Instant.parse("9999-12-31T23:59:59Z"), 10), List.of(name("a")));
  }

  @Test
  void theEarliestComeFirstAndTheLimitHolds() {
    List<StreamName> ordered = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ordered.add(name("s" + i * 13 % 20));
      create(ordered.get(i), put(newId()).due(T.plusMillis(i)));
    }
    for (int limit = 1; limit <= 20; limit++) {
      List<StreamName> expected = ordered.subList(0, limit);
      int most = limit;
      assertSoon(() -> due(T.plusSeconds(1), most), expected);
    }
    assertSoon(() -> due(T.plusMillis(4), 20), ordered.subList(0, 5));
  }

  @Test
  void manyStreamsMayBeDueAtTheSameTime() {
    List<StreamName> names = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      names.add(name("s" + i));
      create(names.get(i), put(newId()).due(T));
    }
    names.sort(Comparator.naturalOrder());
    assertSoon(() -> due(T, 10_000).stream().sorted().toList(), names);
    assertThat(due(T, 7)).hasSize(7).doesNotHaveDuplicates();
  }

  @Test
  void eachCommitReplacesTheDueTime() {
    StreamName name = name("a");
    StreamId id = newId();
    long version = create(name, put(id).due(T));

    version = apply(name, new Expected.Version(id, version), put(id).due(T.plusSeconds(60)));
    assertSoon(() -> due(T.plusSeconds(59), 10), List.of());
    assertSoon(() -> due(T.plusSeconds(60), 10), List.of(name));

    version = apply(name, new Expected.Version(id, version), put(id).due(T.minusSeconds(60)));
    assertSoon(() -> due(T.minusSeconds(60), 10), List.of(name));
    assertSoon(() -> due(T.plusSeconds(60), 10), List.of(name));

    version = apply(name, new Expected.Version(id, version), put(id));
    assertSoon(() -> due(T.plusSeconds(60), 10), List.of());

    version = apply(name, new Expected.Version(id, version), put(id).due(T));
    version = apply(name, new Expected.Version(id, version), put(id).due(T));
    assertSoon(() -> due(T, 10), List.of(name));

    remove(name, id, version);
    assertSoon(() -> due(T.plusSeconds(60), 10), List.of());
    create(name, put(newId()));
    assertSoon(() -> due(T.plusSeconds(60), 10), List.of());
  }

  @Test
  void dueTimesLongPastAndFarAheadAreKept() {
    create(name("past"), put(newId()).due(Instant.EPOCH));
    create(name("ahead"), put(newId()).due(Instant.parse("9999-12-31T23:59:59.999Z")));
    assertSoon(() -> due(Instant.EPOCH, 10), List.of(name("past")));
    assertSoon(() -> due(Instant.parse("9999-12-31T23:59:59.998Z"), 10), List.of(name("past")));
    assertSoon(
        () -> due(Instant.parse("9999-12-31T23:59:59.999Z"), 10),
        List.of(name("past"), name("ahead")));
  }

  @Test
  void randomDueTimesMatchAModel() {
    for (long seed : seeds(3)) {
      withSeed(seed, () -> changeRandomly(new Random(seed), Math.toIntExact(seed % 1000)));
    }
  }

  private void changeRandomly(Random random, int round) {
    // Each round has its own thousand seconds, after those of the rounds before.
    Instant base = T.plusSeconds(round * 1_000L);
    Map<StreamName, Instant> model = new HashMap<>();
    Map<StreamName, Long> versions = new HashMap<>();
    Map<StreamName, StreamId> ids = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      StreamName name = name("r" + round + "/" + random.nextInt(40));
      StreamId id = ids.computeIfAbsent(name, ignored -> newId());
      Optional<Instant> due =
          random.nextInt(4) == 0
              ? Optional.empty()
              : Optional.of(base.plusMillis(random.nextInt(1_000_000)));
      Long version = versions.get(name);
      Expected expected = version == null ? Expected.ABSENT : new Expected.Version(id, version);
      versions.put(name, apply(name, expected, put(id).due(due)));
      model.remove(name);
      due.ifPresent(at -> model.put(name, at));
    }
    for (int i = 0; i < 50; i++) {
      Instant now = base.plusMillis(random.nextInt(1_000_000));
      Set<StreamName> expected = new HashSet<>();
      model.forEach(
          (name, at) -> {
            if (!at.isAfter(now)) {
              expected.add(name);
            }
          });
      assertSoon(() -> Set.copyOf(dueOf(versions.keySet(), now)), expected);
      // By their times, because streams that are due at the same time have no order.
      assertSoon(
          () -> dueOf(versions.keySet(), now).stream().map(model::get).toList(),
          expected.stream().map(model::get).sorted().toList());
    }
  }

  private List<StreamName> dueOf(Set<StreamName> names, Instant now) {
    return due(now, 10_000).stream().filter(names::contains).toList();
  }
}
