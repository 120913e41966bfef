package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The real storage behind one or several faulty ones: it knows who changed what, so that another
 * writer can be played and hints can be given.
 */
final class FaultyBackend {

  private final StreamStorage real;
  private final Timeline timeline;
  private final AtomicInteger users = new AtomicInteger();
  private final List<Watcher> watchers = new CopyOnWriteArrayList<>();

  /** What a commit must repeat because a load does not return it. */
  private final Map<StreamName, Known> known = new ConcurrentHashMap<>();

  FaultyBackend(StreamStorage real, Timeline timeline) {
    this.real = real;
    this.timeline = timeline;
  }

  StreamStorage real() {
    return real;
  }

  Timeline timeline() {
    return timeline;
  }

  void enter() {
    users.incrementAndGet();
  }

  void leave(FaultyStorage owner) {
    watchers.removeIf(watcher -> watcher.owner == owner);
    if (users.decrementAndGet() == 0) {
      timeline.stop();
      real.close();
    }
  }

  /** Hands a commit to the real storage; watchers of others than its author get a hint. */
  CompletionStage<CommitOutcome> commit(Commit commit, Optional<FaultyStorage> author) {
    return real.commit(commit)
        .thenApply(
            outcome -> {
              if (outcome instanceof Applied applied) {
                remember(commit, applied.version());
                hint(commit.name(), author);
              }
              return outcome;
            });
  }

  /**
   * Changes a stream as another writer would.
   *
   * @return whether it did; it does nothing to a stream that it knows too little about
   */
  CompletionStage<Boolean> compete(StreamName name, AttemptId attempt) {
    return real.load(name, Set.of())
        .thenApply(stored -> stored.flatMap(stream -> competitor(stream, attempt)))
        .thenCompose(
            commit ->
                commit.isEmpty()
                    ? Stages.done(false)
                    : commit(commit.get(), Optional.empty()).thenApply(Applied.class::isInstance))
        .exceptionally(failure -> false);
  }

  private Optional<Commit> competitor(StoredStream stream, AttemptId attempt) {
    Known last = known.get(stream.name());
    if (last == null || !last.id().equals(stream.id()) || last.version() != stream.version()) {
      return Optional.empty();
    }
    return Optional.of(
        new Commit(
            stream.name(),
            new Expected.Version(stream.id(), stream.version()),
            attempt,
            new Change.Put(
                stream.id(), stream.metadata(), last.due(), Map.of(), last.end(), List.of())));
  }

  private void remember(Commit commit, long version) {
    if (commit.change() instanceof Change.Put put) {
      long end = put.position() + put.appendedBytes();
      known.merge(
          commit.name(),
          new Known(put.id(), version, put.due(), end),
          (before, now) ->
              before.id().equals(now.id()) && before.version() > now.version() ? before : now);
    } else {
      known.remove(commit.name());
    }
  }

  private void hint(StreamName name, Optional<FaultyStorage> author) {
    for (Watcher watcher : watchers) {
      if (author.isEmpty() || author.get() != watcher.owner) {
        watcher.deliver(name);
      }
    }
  }

  /**
   * Registers for hints.
   *
   * @param fate decides after how many ticks a hint comes, or that it never does
   */
  StreamStorage.Watch watch(
      FaultyStorage owner,
      Consumer<StreamName> hint,
      Function<StreamName, Optional<Integer>> fate) {
    Watcher watcher = new Watcher(owner, hint, fate);
    StreamStorage.Watch inner = real.watch(watcher::deliver);
    watchers.add(watcher);
    return () -> {
      watchers.remove(watcher);
      inner.close();
    };
  }

  private record Known(StreamId id, long version, Optional<Instant> due, long end) {}

  private final class Watcher {

    private final FaultyStorage owner;
    private final Consumer<StreamName> hint;
    private final Function<StreamName, Optional<Integer>> fate;

    Watcher(
        FaultyStorage owner,
        Consumer<StreamName> hint,
        Function<StreamName, Optional<Integer>> fate) {
      this.owner = owner;
      this.hint = hint;
      this.fate = fate;
    }

    void deliver(StreamName name) {
      fate.apply(name)
          .ifPresent(
              ticks ->
                  timeline.at(
                      timeline.now() + ticks,
                      () -> {
                        if (watchers.contains(this)) {
                          hint.accept(name);
                        }
                      }));
    }
  }
}
