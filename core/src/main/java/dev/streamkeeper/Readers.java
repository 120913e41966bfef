package dev.streamkeeper;

import dev.streamkeeper.Decider.Visibility;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.Offset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The reads of one stream, of which some wait at its end. Belongs to the stream's queue. */
final class Readers {

  /** How long after the last waiting read new data is kept in memory for the next one. */
  private static final Duration LIVE = Duration.ofSeconds(10);

  private final Engine engine;
  private final StreamActor stream;
  private final Set<LiveRead> waiting = new LinkedHashSet<>();
  private final TailCache newest;
  private long lastWait = Long.MIN_VALUE;

  Readers(Engine engine, StreamActor stream) {
    this.engine = engine;
    this.stream = stream;
    this.newest = new TailCache(engine.tailBudget());
  }

  boolean areWaiting() {
    return !waiting.isEmpty();
  }

  /** Takes what an applied group appended, and wakes whom it concerns. */
  void published(Group group) {
    boolean live = areWaiting() || engine.now() - lastWait < LIVE.toMillis();
    if (group.changesIncarnation() || !live) {
      newest.clear();
    }
    if (live && group.appendedBytes() > 0) {
      newest.append(group.position(), Bytes.concat(group.appended));
    }
    wakeAll();
  }

  /** Serves every waiting read again; those that still have nothing to read wait on. */
  void wakeAll() {
    if (!waiting.isEmpty()) {
      List<LiveRead> woken = new ArrayList<>(waiting);
      waiting.clear();
      woken.forEach(this::serve);
    }
  }

  /** Answers every waiting read as if its time were over. */
  void endWaits() {
    waiting.forEach(LiveRead::endPatience);
    wakeAll();
  }

  void forgetBytes() {
    newest.clear();
  }

  /** Answers a read, now or when there is something to answer. */
  void serve(LiveRead read) {
    if (read.promise.isDone()) {
      read.stopTimer();
      return;
    }
    long now = engine.now();
    if (read.hasTimer()) {
      // Its waiting kept the stream alive.
      stream.touch(now);
    }
    Optional<StreamState> found = stream.stored().state();
    Visibility visibility = Visibility.of(found, now);
    if (visibility != Visibility.VISIBLE) {
      finish(read, visibility == Visibility.GONE ? new StreamGone() : new StreamNotFound());
      return;
    }
    StreamState state = found.orElseThrow();
    if (read.request.ifId().isPresent() && !read.request.ifId().get().equals(state.id())) {
      finish(read, new StreamReplaced(state.id()));
      return;
    }
    stream.touch(now);
    if (!read.isResolved()) {
      resolve(read, state, now);
      return;
    }
    if (!read.isOf(state.id())) {
      finish(read, new StreamNotFound());
      return;
    }
    if (read.position() < state.earliest(now)) {
      finish(read, new ReadOutcome.Dropped(state.id(), new Offset(state.earliest(now))));
      return;
    }
    if (read.position() < state.tail()) {
      fetch(read, state);
    } else if (state.closed() || read.isPatienceOver() || engine.isClosing()) {
      finish(read, batch(read, state, Bytes.EMPTY));
    } else {
      await(read, now);
    }
  }

  private void resolve(LiveRead read, StreamState state, long now) {
    long earliest = state.earliest(now);
    long tail = state.tail();
    ReadFrom from = read.request.from();
    if (from instanceof ReadFrom.At at) {
      resolveOffset(read, state, at.offset().position(), earliest);
    } else if (from instanceof ReadFrom.Last last && state.contentType().isJson()) {
      settle(read, state, stream.rangeReader().last(earliest, tail, last.count()));
    } else if (from instanceof ReadFrom.Last last) {
      resolved(read, state, Math.max(earliest, tail - last.count()));
    } else {
      resolved(read, state, from instanceof ReadFrom.Tail ? tail : earliest);
    }
  }

  private void resolveOffset(LiveRead read, StreamState state, long position, long earliest) {
    // The beginning of a stream that dropped something is not where its data begins any more.
    if (position < earliest) {
      finish(read, new ReadOutcome.Dropped(state.id(), new Offset(earliest)));
    } else if (position > state.tail()) {
      finish(read, new ReadOutcome.BeyondTail(state.id(), new Offset(state.tail())));
    } else if (state.contentType().isJson() && position > earliest && position < state.tail()) {
      CompletableFuture<Boolean> boundary = stream.rangeReader().isBoundary(position);
      settle(read, state, boundary.thenApply(is -> is ? position : -1L));
    } else {
      resolved(read, state, position);
    }
  }

  private void settle(LiveRead read, StreamState state, CompletableFuture<Long> position) {
    position.whenComplete(
        (from, failure) ->
            stream.execute(
                same -> {
                  if (failure != null) {
                    failed(read, failure);
                  } else if (from < 0) {
                    finish(read, new ReadOutcome.NotABoundary(state.id()));
                  } else {
                    resolved(read, state, from);
                  }
                }));
  }

  private void resolved(LiveRead read, StreamState state, long position) {
    read.resolve(state.id(), position);
    serve(read);
  }

  private void fetch(LiveRead read, StreamState state) {
    Optional<Bytes> cached = newest.read(read.position(), state.tail(), read.request.maxBytes());
    if (cached.isPresent()) {
      finish(read, batch(read, state, cached.get()));
      return;
    }
    RangeReader reader = stream.rangeReader();
    long end = Math.min(state.tail(), read.position() + read.request.maxBytes());
    CompletableFuture<Bytes> bytes =
        state.contentType().isJson()
            ? reader.readMessages(read.position(), state.tail(), read.request.maxBytes())
            : reader.read(read.position(), end);
    bytes.whenComplete(
        (got, failure) -> {
          if (failure == null) {
            finish(read, batch(read, state, got));
          } else {
            stream.execute(same -> failed(read, failure));
          }
        });
  }

  /** Bytes that were dropped or deleted while they were being read are no failure. */
  private void failed(LiveRead read, Throwable failure) {
    Throwable cause = Committer.unwrap(failure);
    Optional<StreamState> found = stream.stored().state();
    boolean movedOn =
        cause instanceof StorageException storage
            && storage.reason() == StorageException.Reason.CORRUPT
            && (found.isEmpty()
                || (read.isResolved()
                    && (!read.isOf(found.get().id())
                        || read.position() < found.get().earliest(engine.now()))));
    if (movedOn) {
      serve(read);
    } else {
      read.stopTimer();
      engine.fail(read.promise, cause);
    }
  }

  private static Batch batch(LiveRead read, StreamState state, Bytes stored) {
    return new Batch(
        state.id(),
        state.contentType(),
        new Offset(read.position()),
        new Offset(read.position() + stored.length()),
        stored,
        new Offset(state.tail()),
        state.closed());
  }

  private void finish(LiveRead read, ReadOutcome outcome) {
    read.stopTimer();
    engine.complete(read.promise, outcome);
  }

  private void await(LiveRead read, long now) {
    lastWait = now;
    waiting.add(read);
    if (!read.hasTimer()) {
      read.setTimer(
          engine.schedule(
              read.request.patience(),
              () ->
                  stream.execute(
                      same -> {
                        read.endPatience();
                        if (waiting.remove(read)) {
                          serve(read);
                        }
                      })));
    }
  }

  /** Lets go of a read whose caller lost interest. */
  void forget(LiveRead read) {
    read.stopTimer();
    if (waiting.remove(read)) {
      lastWait = engine.now();
    }
  }
}
