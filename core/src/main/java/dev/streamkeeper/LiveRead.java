package dev.streamkeeper;

import dev.streamkeeper.stream.StreamId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A read under way. Belongs to its stream's queue. */
final class LiveRead {

  private static final long UNRESOLVED = -1;

  final ReadRequest request;
  final CompletableFuture<ReadOutcome> promise = new CompletableFuture<>();
  private long position = UNRESOLVED;
  private @Nullable StreamId id;
  private @Nullable Future<?> timer;
  private boolean patienceOver;

  LiveRead(ReadRequest request) {
    this.request = request;
    this.patienceOver = request.patience().isZero();
  }

  boolean isResolved() {
    return position != UNRESOLVED;
  }

  /** Settles where the read begins, and in which incarnation. */
  void resolve(StreamId incarnation, long from) {
    id = incarnation;
    position = from;
  }

  long position() {
    return position;
  }

  boolean isOf(StreamId incarnation) {
    return incarnation.equals(id);
  }

  boolean isPatienceOver() {
    return patienceOver;
  }

  void endPatience() {
    patienceOver = true;
  }

  boolean hasTimer() {
    return timer != null;
  }

  void setTimer(Future<?> running) {
    timer = running;
  }

  void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }
}
