package dev.streamkeeper.server;

import dev.streamkeeper.Batch;
import dev.streamkeeper.ReadFrom;
import dev.streamkeeper.ReadOutcome;
import dev.streamkeeper.ReadRequest;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.stream.StreamName;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One live connection (PROTOCOL 5.8). It reads on only when the socket has taken what was written,
 * so a slow reader costs one page of memory and no more. Belongs to the request's event loop.
 */
final class SseSession {

  private final Exchange exchange;
  private final HttpServerResponse response;
  private final Context context;
  private final StreamManager streams;
  private final StreamName name;
  private final ReadQuery query;
  private final StreamServerOptions options;
  private final Budget budget;
  private final LiveSessions sessions;
  private final InstantSource clock;
  private final Runnable ending = this::endSoon;
  private final Duration patience;
  private ReadRequest next;
  private @Nullable SseFrames frames;
  private @Nullable CompletableFuture<ReadOutcome> reading;
  private long lifeTimer = -1;
  private long keepAliveTimer = -1;
  private boolean over;

  SseSession(
      Exchange exchange,
      StreamManager streams,
      StreamName name,
      ReadRequest first,
      ReadQuery query,
      StreamServerOptions options,
      Budget budget,
      LiveSessions sessions,
      InstantSource clock) {
    this.exchange = exchange;
    this.response = exchange.response();
    this.context = exchange.vertx().getOrCreateContext();
    this.streams = streams;
    this.name = name;
    this.next = first;
    this.query = query;
    this.options = options;
    this.budget = budget;
    this.sessions = sessions;
    this.clock = clock;
    this.patience = options.sseMaxDuration().plusSeconds(1);
  }

  void start() {
    exchange.onEnd(this::cleanUp);
    read(Duration.ZERO);
  }

  private void read(Duration wait) {
    if (over) {
      return;
    }
    ReadRequest request = next.waiting(wait);
    CompletableFuture<ReadOutcome> read = streams.read(name, request);
    reading = read;
    if (read.isDone()) {
      received(read);
    } else {
      read.whenComplete((outcome, failure) -> context.runOnContext(ignored -> received(read)));
    }
  }

  private void received(CompletableFuture<ReadOutcome> read) {
    if (over || read.isCancelled()) {
      return;
    }
    reading = null;
    exchange.then(read, this::send);
  }

  private void send(ReadOutcome outcome) {
    if (!(outcome instanceof Batch batch)) {
      if (frames == null) {
        cleanUp();
        exchange.answer(Answers.problem(outcome));
      } else {
        // Deleted or expired meanwhile: the reader finds out what happened when it reconnects.
        end();
      }
      return;
    }
    boolean first = frames == null;
    if (first) {
      open(batch);
    }
    SseFrames encoder = frames;
    if (encoder == null) {
      return;
    }
    next =
        new ReadRequest(
            new ReadFrom.At(batch.next()), next.maxBytes(), Duration.ZERO, Optional.of(batch.id()));
    if (first || !batch.stored().isEmpty() || batch.endOfStream()) {
      int held = batch.stored().length();
      if (!budget.take(held)) {
        // Too many slow readers: this one comes back when there is room again.
        end();
        return;
      }
      response
          .write(encoder.frame(batch, Cursors.next(clock, query.cursor())))
          .onComplete(written -> budget.give(held));
    }
    if (batch.endOfStream()) {
      end();
    } else if (response.writeQueueFull()) {
      response.drainHandler(drained -> read(waitAfter(batch)));
    } else {
      read(waitAfter(batch));
    }
  }

  private Duration waitAfter(Batch batch) {
    return batch.upToDate() ? patience : Duration.ZERO;
  }

  private void open(Batch batch) {
    frames = new SseFrames(batch.contentType());
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
        .putHeader("X-Accel-Buffering", "no")
        .putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY)
        .putHeader(Names.STREAM_ID, batch.id().toString());
    if (!batch.contentType().isText()) {
      response.putHeader(Names.SSE_DATA_ENCODING, "base64");
    }
    long life = options.sseMaxDuration().toMillis();
    long jitter = ThreadLocalRandom.current().nextLong(life / 10 + 1);
    lifeTimer = exchange.vertx().setTimer(Math.max(1, life - jitter), over -> end());
    keepAliveTimer =
        exchange
            .vertx()
            .setPeriodic(
                options.sseKeepAlive().toMillis(),
                tick -> {
                  if (!over && !response.writeQueueFull()) {
                    response.write(SseFrames.KEEP_ALIVE.copy());
                  }
                });
    sessions.add(ending);
  }

  private void endSoon() {
    context.runOnContext(ignored -> end());
  }

  private void end() {
    if (!over) {
      cleanUp();
      exchange.answered(response.end());
    }
  }

  private void cleanUp() {
    over = true;
    sessions.remove(ending);
    exchange.vertx().cancelTimer(lifeTimer);
    exchange.vertx().cancelTimer(keepAliveTimer);
    if (reading != null) {
      reading.cancel(false);
    }
  }
}
