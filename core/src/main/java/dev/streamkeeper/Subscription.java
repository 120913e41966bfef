package dev.streamkeeper;

import dev.streamkeeper.stream.StreamName;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * One subscriber's way through a stream: a read for each batch asked for, the next one only after
 * the subscriber has taken the last. Calls of the subscriber never overlap and never nest.
 */
final class Subscription implements Flow.Subscription {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Engine engine;
  private final StreamName name;
  private final Flow.Subscriber<? super Batch> subscriber;
  private final SerialQueue queue = new SerialQueue();
  private ReadRequest next;
  private long demand;
  private boolean ended;
  private @Nullable CompletableFuture<ReadOutcome> reading;

  Subscription(
      Engine engine,
      StreamName name,
      ReadRequest request,
      Flow.Subscriber<? super Batch> subscriber) {
    this.engine = engine;
    this.name = name;
    this.next = request.waiting(PATIENCE);
    this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
  }

  void start() {
    queue.execute(() -> subscriber.onSubscribe(this));
  }

  @Override
  public void request(long count) {
    queue.execute(
        () -> {
          if (ended) {
            return;
          }
          if (count < 1) {
            end();
            subscriber.onError(
                new IllegalArgumentException("a subscriber requests at least 1 (§3.9): " + count));
            return;
          }
          demand = demand + count < 0 ? Long.MAX_VALUE : demand + count;
          readOn();
        });
  }

  @Override
  public void cancel() {
    queue.execute(this::end);
  }

  private void end() {
    ended = true;
    if (reading != null) {
      reading.cancel(false);
    }
  }

  private void readOn() {
    if (ended || demand == 0 || reading != null) {
      return;
    }
    CompletableFuture<ReadOutcome> read = engine.read(name, next);
    reading = read;
    read.whenComplete(
        (outcome, failure) ->
            engine.execute(() -> queue.execute(() -> received(outcome, failure))));
  }

  private void received(@Nullable ReadOutcome outcome, @Nullable Throwable failure) {
    reading = null;
    if (ended) {
      return;
    }
    if (failure != null) {
      end();
      subscriber.onError(Committer.unwrap(failure));
    } else if (outcome instanceof Batch batch) {
      next =
          new ReadRequest(
              new ReadFrom.At(batch.next()),
              next.maxBytes(),
              next.patience(),
              Optional.of(batch.id()));
      if (!batch.stored().isEmpty()) {
        demand--;
        subscriber.onNext(batch);
      }
      if (batch.endOfStream() && !ended) {
        end();
        subscriber.onComplete();
      } else {
        readOn();
      }
    } else if (outcome != null) {
      end();
      subscriber.onError(new StreamUnreadableException(outcome));
    }
  }
}
