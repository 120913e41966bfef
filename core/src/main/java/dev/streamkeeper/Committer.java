package dev.streamkeeper;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.StreamName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * Sends one group to the storage and finds out what became of it.
 *
 * <p>After an unknown outcome a plain read would prove nothing: the commit may still arrive. So the
 * same condition is used up by another commit, a fence that stores the stream as it was. If the
 * fence applies, the group's commit never will. If it conflicts, something else used the condition
 * up, and the attempts stored with the stream tell whether it was the group.
 */
final class Committer {

  private static final int MAX_FENCES = 12;

  private final Engine engine;
  private final StreamName name;
  private final Home home;
  private final Stored before;
  private final Group group;
  private final Ancestry ancestry;
  private final AttemptId attempt;

  /**
   * Prepares a commit.
   *
   * @param before the stream as it is stored
   * @param ancestry the stream's ancestry once the group is stored
   */
  Committer(
      Engine engine, StreamName name, Home home, Stored before, Group group, Ancestry ancestry) {
    this.engine = engine;
    this.name = name;
    this.home = home;
    this.before = before;
    this.group = group;
    this.ancestry = ancestry;
    this.attempt = engine.nextAttempt();
  }

  CompletableFuture<CommitResult> commit() {
    return send(attempt, change(attempt))
        .handle(
            (outcome, failure) -> {
              if (failure != null) {
                Throwable cause = unwrap(failure);
                return cause instanceof StorageException storage
                    ? CompletableFuture.<CommitResult>completedFuture(
                        new CommitResult.Failed(storage))
                    : fence(1, cause);
              }
              if (outcome instanceof CommitOutcome.Applied applied) {
                return CompletableFuture.completedFuture(applied(attempt, applied.version()));
              }
              return outcome instanceof CommitOutcome.Unknown unknown
                  ? fence(1, unknown.cause())
                  : CompletableFuture.<CommitResult>completedFuture(new CommitResult.Overtaken());
            })
        .thenCompose(result -> result);
  }

  private Change change(AttemptId by) {
    if (group.result().isEmpty()) {
      return new Change.Remove();
    }
    StreamState state = group.result().get();
    return new Change.Put(
        state.id(),
        StateCodec.encode(state, attemptsAfter(by)),
        state.due(),
        group.entries,
        group.position(),
        group.appended);
  }

  private List<AttemptId> attemptsAfter(AttemptId by) {
    return home.isShared() ? before.attemptsWith(by) : List.of();
  }

  private CommitResult applied(AttemptId by, long version) {
    return new CommitResult.Applied(
        group
            .result()
            .map(
                state ->
                    new Stored(
                        group.result(),
                        new Expected.Version(state.id(), version),
                        ancestry,
                        attemptsAfter(by)))
            .orElse(Stored.NOTHING));
  }

  private CompletableFuture<CommitResult> fence(int tries, Throwable cause) {
    boolean creates = before.state().isEmpty();
    AttemptId fence = engine.nextAttempt();
    // Nothing can be stored under an absent name as it was: there the fence is the group, once
    // more.
    Change change = creates ? change(fence) : unchanged(fence);
    BiFunction<CommitOutcome, Throwable, CompletableFuture<CommitResult>> next =
        (outcome, failure) -> {
          if (outcome instanceof CommitOutcome.Applied applied) {
            return CompletableFuture.completedFuture(
                creates ? applied(fence, applied.version()) : new CommitResult.Overtaken());
          }
          if (outcome instanceof CommitOutcome.Conflict conflict) {
            return CompletableFuture.completedFuture(judge(conflict.current(), cause));
          }
          if (tries == MAX_FENCES || !home.isShared()) {
            return CompletableFuture.completedFuture(new CommitResult.Unresolved(cause));
          }
          return engine.after(engine.backoff(tries)).thenCompose(done -> fence(tries + 1, cause));
        };
    return send(fence, change).handle(next).thenCompose(result -> result);
  }

  private Change unchanged(AttemptId fence) {
    StreamState state = before.state().orElseThrow();
    return new Change.Put(
        state.id(),
        StateCodec.encode(state, attemptsAfter(fence)),
        state.due(),
        Map.of(),
        state.tail(),
        List.of());
  }

  /** Something used up the condition: was it the group? */
  private CommitResult judge(Optional<StoredStream> current, Throwable cause) {
    if (group.result().isEmpty()) {
      boolean stillThere =
          current.isPresent() && current.get().id().equals(before.state().orElseThrow().id());
      return stillThere ? new CommitResult.Overtaken() : new CommitResult.AppliedAndOvertaken();
    }
    if (current.isEmpty() || !current.get().id().equals(group.id().orElseThrow())) {
      return new CommitResult.Overtaken();
    }
    if (current.get().attempt().equals(attempt)) {
      return applied(attempt, current.get().version());
    }
    List<AttemptId> attempts = StateCodec.decode(current.get()).attempts();
    if (attempts.contains(attempt)) {
      return new CommitResult.AppliedAndOvertaken();
    }
    boolean remembersAll =
        attempts.size() < Stored.REMEMBERED_ATTEMPTS
            || before.attempts().stream().anyMatch(attempts::contains);
    return remembersAll ? new CommitResult.Overtaken() : new CommitResult.Unresolved(cause);
  }

  private CompletableFuture<CommitOutcome> send(AttemptId by, Change change) {
    CompletionStage<CommitOutcome> stage;
    try {
      stage = home.storage().commit(new Commit(name, before.expected(), by, change));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
    return stage.toCompletableFuture();
  }

  static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
