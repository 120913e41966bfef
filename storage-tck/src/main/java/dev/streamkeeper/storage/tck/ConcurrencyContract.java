package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.CommitOutcome.Conflict;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Order, races, atomicity and visibility between threads, and between two that share. */
abstract class ConcurrencyContract extends Contract {

  private static final StreamName NAME = name("contended");
  private static final int THREADS = 4;
  private static final int ROUNDS = 200;

  ConcurrencyContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void commitsOfOneStreamTakeEffectInTheOrderSubmitted() {
    StreamId id = newId();
    long version = create(NAME, put(id).metadata("0"));
    for (int round = 1; round <= ROUNDS; round++) {
      List<CompletionStage<CommitOutcome>> submitted = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Putting put = put(id).metadata(round + " " + i).append((round - 1) * 10L, digits(i));
        submitted.add(submit(storage, NAME, new Expected.Version(id, version), put.build()));
      }
      version = version(await(submitted.get(0)));
      for (CompletionStage<CommitOutcome> later : submitted.subList(1, 5)) {
        Optional<StoredStream> current = current(await(later));
        assertThat(current).isPresent();
        assertThat(current.get().metadata()).isEqualTo(Bytes.utf8(round + " 0"));
        assertThat(current.get().version()).isEqualTo(version);
      }
    }
    assertThat(read(id, 0, ROUNDS * 10L)).isEqualTo(Bytes.utf8("0".repeat(ROUNDS * 10)));
  }

  @Test
  void commitsOfManyStreamsTakeEffectInTheOrderSubmittedForEach() {
    int streams = 100;
    List<StreamId> ids = new ArrayList<>();
    List<Long> versions = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      ids.add(newId());
      versions.add(create(name("s" + i), put(ids.get(i))));
    }
    for (int round = 0; round < 10; round++) {
      List<List<CompletionStage<CommitOutcome>>> submitted = new ArrayList<>();
      List<StreamId> next = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        StreamName name = name("s" + i);
        next.add(newId());
        submitted.add(
            List.of(
                submit(
                    storage,
                    name,
                    new Expected.Version(ids.get(i), versions.get(i)),
                    new Change.Remove()),
                submit(
                    storage, name, Expected.ABSENT, put(next.get(i)).append(0, digits(i)).build()),
                submit(storage, name, Expected.ABSENT, put(newId()).build()),
                submit(
                    storage,
                    name,
                    new Expected.Version(ids.get(i), versions.get(i)),
                    new Change.Remove())));
      }
      for (int i = 0; i < streams; i++) {
        version(await(submitted.get(i).get(0)));
        versions.set(i, version(await(submitted.get(i).get(1))));
        assertThat(current(await(submitted.get(i).get(2))).map(StoredStream::id))
            .contains(next.get(i));
        assertThat(current(await(submitted.get(i).get(3))).map(StoredStream::version))
            .contains(versions.get(i));
        assertThat(read(next.get(i), 0, 10)).isEqualTo(digits(i));
      }
      ids = next;
    }
  }

  private static Bytes digits(int digit) {
    return Bytes.utf8(Integer.toString(digit % 10).repeat(10));
  }

  @Test
  void oneOfSeveralRacingWritersWins() {
    race(List.of(storage));
  }

  @Test
  void oneOfSeveralRacingWritersWinsAcrossTwoThatShare() {
    if (storage.capabilities().shared()) {
      race(List.of(storage, openAnother()));
    }
  }

  private void race(List<StreamStorage> storages) {
    StreamId id = newId();
    long[] version = {create(NAME, put(id))};
    List<List<RaceResult>> rounds = new ArrayList<>();
    CyclicBarrier barrier = new CyclicBarrier(THREADS);
    List<List<RaceResult>> byThread =
        together(
            writer -> {
              StreamStorage own = storages.get(writer % storages.size());
              List<RaceResult> results = new ArrayList<>();
              for (int round = 0; round < ROUNDS; round++) {
                barrier.await(patienceMillis(), TimeUnit.MILLISECONDS);
                long expected = version[0];
                AttemptId attempt = new AttemptId(writer, round);
                Change change =
                    put(id)
                        .metadata(writer + " in round " + round)
                        .entry("winner", "" + writer)
                        .append(round, Bytes.utf8("" + writer))
                        .build();
                Commit commit =
                    new Commit(NAME, new Expected.Version(id, expected), attempt, change);
                CommitOutcome outcome = await(own.commit(commit));
                results.add(
                    new RaceResult(
                        writer, outcome, await(own.load(NAME, Set.of("winner"))).orElseThrow()));
                barrier.await(patienceMillis(), TimeUnit.MILLISECONDS);
                if (outcome instanceof Applied applied) {
                  version[0] = applied.version();
                }
                barrier.await(patienceMillis(), TimeUnit.MILLISECONDS);
              }
              return results;
            });
    for (int round = 0; round < ROUNDS; round++) {
      List<RaceResult> results = new ArrayList<>();
      for (List<RaceResult> thread : byThread) {
        results.add(thread.get(round));
      }
      rounds.add(results);
    }
    StringBuilder winners = new StringBuilder();
    for (int round = 0; round < ROUNDS; round++) {
      List<RaceResult> won =
          rounds.get(round).stream().filter(r -> r.outcome() instanceof Applied).toList();
      assertThat(won).as("winners of round %s", round).hasSize(1);
      int winner = won.get(0).writer();
      winners.append(winner);
      for (RaceResult result : rounds.get(round)) {
        StoredStream seen = result.loaded();
        assertThat(seen.attempt()).isEqualTo(new AttemptId(winner, round));
        assertThat(seen.metadata()).isEqualTo(Bytes.utf8(winner + " in round " + round));
        assertThat(seen.entries()).isEqualTo(entries("winner", "" + winner));
        if (result.outcome() instanceof Conflict conflict) {
          assertThat(conflict.current()).contains(seen);
        }
      }
    }
    assertThat(read(id, 0, ROUNDS)).isEqualTo(Bytes.utf8(winners.toString()));
  }

  private record RaceResult(int writer, CommitOutcome outcome, StoredStream loaded) {}

  @Test
  void oneOfSeveralRacingCreatorsAndRemoversWins() {
    AtomicLong created = new AtomicLong();
    AtomicLong removed = new AtomicLong();
    together(
        writer -> {
          for (int i = 0; i < ROUNDS; i++) {
            Optional<StoredStream> seen = await(storage.load(NAME, Set.of()));
            if (seen.isEmpty()) {
              StreamId id = new StreamId(writer + 1, i);
              Change change = put(id).append(0, Bytes.utf8("x")).build();
              if (await(submit(storage, NAME, Expected.ABSENT, change)) instanceof Applied) {
                created.incrementAndGet();
              }
            } else {
              Expected expected = new Expected.Version(seen.get().id(), seen.get().version());
              if (await(submit(storage, NAME, expected, new Change.Remove())) instanceof Applied) {
                removed.incrementAndGet();
              }
            }
          }
          return writer;
        });
    assertThat(created.get() - removed.get()).isEqualTo(load(NAME).isPresent() ? 1 : 0);
    assertThat(created.get()).isPositive();
  }

  @Test
  void noUpdateIsLost() {
    StreamId id = newId();
    create(NAME, put(id).metadata("0"));
    List<Integer> applied =
        together(
            writer -> {
              int count = 0;
              for (int i = 0; i < ROUNDS; i++) {
                StoredStream seen = await(storage.load(NAME, Set.of())).orElseThrow();
                long next = Long.parseLong(seen.metadata().toUtf8()) + 1;
                Change change = put(id).metadata("" + next).build();
                Expected expected = new Expected.Version(id, seen.version());
                if (await(submit(storage, NAME, expected, change)) instanceof Applied) {
                  count++;
                }
              }
              return count;
            });
    int total = applied.stream().mapToInt(Integer::intValue).sum();
    assertThat(loaded(NAME).metadata()).isEqualTo(Bytes.utf8("" + total));
  }

  @Test
  void noTornStateIsEverSeen() {
    AtomicBoolean over = new AtomicBoolean();
    together(
        thread -> {
          if (thread == 0) {
            try {
              writeWholeStates();
            } finally {
              over.set(true);
            }
          } else {
            do {
              assertWholeState();
            } while (!over.get());
          }
          return thread;
        });
    assertWholeState();
  }

  /**
   * Commits states of which each part tells all others: metadata "number start end", two entries
   * with the number, and bytes whose last line is the number. Every 50th begins a new incarnation.
   */
  private void writeWholeStates() {
    Expected expected = Expected.ABSENT;
    StreamId id = newId();
    long end = 0;
    for (int number = 0; number < 1_000; number++) {
      if (number % 50 == 0) {
        id = newId();
        end = 0;
      }
      Bytes line = Bytes.utf8(number + " ".repeat(number * 31 % 200) + "\n");
      long start = end;
      end += line.length();
      Putting put =
          put(id)
              .metadata(number + " " + start + " " + end)
              .entry("a", "" + number)
              .entry("b", "" + number)
              .append(start, line);
      long version = version(await(submit(storage, NAME, expected, put.build())));
      expected = new Expected.Version(id, version);
    }
  }

  private void assertWholeState() {
    Optional<StoredStream> found = load(NAME, "a", "b");
    if (found.isEmpty()) {
      return;
    }
    StoredStream seen = found.get();
    String[] parts = seen.metadata().toUtf8().split(" ", -1);
    assertThat(seen.entries()).isEqualTo(entries("a", parts[0], "b", parts[0]));
    long start = Long.parseLong(parts[1]);
    long end = Long.parseLong(parts[2]);
    Optional<Bytes> line =
        await(
            storage
                .read(seen.id(), start, end)
                .handle((bytes, failure) -> Optional.ofNullable(bytes)));
    if (line.isPresent()) {
      assertThat(line.get().toUtf8()).startsWith(parts[0]).endsWith("\n");
      assertThat(line.get().toUtf8().trim()).isEqualTo(parts[0]);
    } else {
      assertThat(loaded(NAME).id())
          .as("bytes are only gone with their incarnation")
          .isNotEqualTo(seen.id());
    }
  }

  @Test
  void whatIsAppliedIsSeenByEveryoneAtOnce() {
    StreamId id = newId();
    create(NAME, put(id).metadata("0"));
    AtomicLong applied = new AtomicLong();
    AtomicBoolean over = new AtomicBoolean();
    together(
        thread -> {
          if (thread > 0) {
            do {
              long least = applied.get();
              StoredStream seen = await(storage.load(NAME, Set.of("e"))).orElseThrow();
              long number = Long.parseLong(seen.metadata().toUtf8());
              assertThat(number).isGreaterThanOrEqualTo(least);
              assertThat(await(storage.read(id, 0, number)).length()).isEqualTo((int) number);
            } while (!over.get());
            return thread;
          }
          try {
            for (int number = 1; number <= 1_000; number++) {
              Expected expected = new Expected.Version(id, loaded(NAME).version());
              Putting put =
                  put(id)
                      .metadata("" + number)
                      .entry("e", "" + number)
                      .append(number - 1L, Bytes.utf8("x"));
              long version = version(await(submit(storage, NAME, expected, put.build())));
              applied.set(number);
              assertThat(loaded(NAME, "e").version()).isEqualTo(version);
              assertThat(read(id, number - 1L, number)).isEqualTo(Bytes.utf8("x"));
            }
          } finally {
            over.set(true);
          }
          return thread;
        });
  }

  @Test
  void aCallbackMayUseTheStorage() {
    StreamId id = newId();
    CompletionStage<Bytes> read =
        submit(storage, NAME, Expected.ABSENT, put(id).append(0, Bytes.utf8("abc")).build())
            .thenCompose(outcome -> storage.load(NAME, Set.of()))
            .thenCompose(
                seen ->
                    submit(
                        storage,
                        NAME,
                        new Expected.Version(id, seen.orElseThrow().version()),
                        put(id).append(3, Bytes.utf8("def")).build()))
            .thenCompose(outcome -> storage.read(id, 0, 6));
    assertThat(await(read)).isEqualTo(Bytes.utf8("abcdef"));
  }

  /** What one of several threads does. */
  private interface Work<T> {
    T run(int thread) throws Exception;
  }

  /** Runs work on several threads at once and returns all results. */
  private <T> List<T> together(Work<T> work) {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<T>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        int thread = i;
        Callable<T> task = () -> work.run(thread);
        running.add(threads.submit(task));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : running) {
        // Each operation inside has its own bound; together they may take longer.
        results.add(future.get(10 * patienceMillis(), TimeUnit.MILLISECONDS));
      }
      return results;
    } catch (ExecutionException e) {
      throw new AssertionError("a thread failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("did not finish within the patience", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } finally {
      threads.shutdownNow();
    }
  }
}
