package dev.streamkeeper.server;

import dev.streamkeeper.Batch;
import dev.streamkeeper.ReadFrom;
import dev.streamkeeper.ReadOutcome;
import dev.streamkeeper.ReadRequest;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.server.ReadQuery.Live;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamName;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** GET and HEAD of a stream (PROTOCOL 5.5 to 5.8). */
final class ReadHandlers {

  private static final int MIN_PAGE = 64 * 1024;

  private final StreamManager streams;
  private final StreamServerOptions options;
  private final Budget budget;
  private final LiveSessions sessions;
  private final InstantSource clock;

  ReadHandlers(
      StreamManager streams,
      StreamServerOptions options,
      Budget budget,
      LiveSessions sessions,
      InstantSource clock) {
    this.streams = streams;
    this.options = options;
    this.budget = budget;
    this.sessions = sessions;
    this.clock = clock;
  }

  void head(Exchange exchange) {
    exchange.then(
        streams.metadata(exchange.streamName()), outcome -> Answers.described(exchange, outcome));
  }

  void read(Exchange exchange) {
    StreamName name = exchange.streamName();
    ReadQuery query = ReadQuery.of(exchange.query());
    ReadRequest request =
        new ReadRequest(
            query.from(),
            page(),
            query.live() == Live.LONG_POLL ? options.longPollTimeout() : Duration.ZERO,
            new StreamHeaders(exchange).ifStreamId());
    if (query.live() == Live.SSE) {
      new SseSession(exchange, streams, name, request, query, options, budget, sessions, clock)
          .start();
      return;
    }
    Share share = new Share(budget);
    exchange.onEnd(share::giveBack);
    if (!share.resize(request.maxBytes())) {
      throw tooManyAnswers();
    }
    CompletableFuture<ReadOutcome> read = streams.read(name, request);
    exchange.onEnd(() -> read.cancel(false));
    if (query.live() == Live.LONG_POLL && !read.isDone()) {
      // Waiting takes no room, however many wait.
      share.giveBack();
      CompletableFuture<ReadOutcome> answer = untilStopped(exchange, name, request, read);
      exchange.then(answer, outcome -> answer(exchange, query, share, outcome));
    } else {
      exchange.then(read, outcome -> answer(exchange, query, share, outcome));
    }
  }

  /** Pages shrink while many answers are on their way, down to a size that still pays. */
  private int page() {
    long portion = Math.max(MIN_PAGE, budget.left() / 16);
    return (int) Math.min(options.maxReadBytes(), portion);
  }

  private static Problem.Found tooManyAnswers() {
    return new Problem.Found(
        Exchange.unavailable("too many answers wait for slow readers; try again"));
  }

  /** When the server stops, what waits is answered as if its time were over. */
  private CompletableFuture<ReadOutcome> untilStopped(
      Exchange exchange,
      StreamName name,
      ReadRequest request,
      CompletableFuture<ReadOutcome> waiting) {
    CompletableFuture<ReadOutcome> answer = new CompletableFuture<>();
    Runnable ending =
        () -> {
          if (waiting.cancel(false)) {
            streams
                .read(name, request.waiting(Duration.ZERO))
                .whenComplete((outcome, failure) -> pass(outcome, failure, answer));
          }
        };
    waiting.whenComplete(
        (outcome, failure) -> {
          if (!waiting.isCancelled()) {
            pass(outcome, failure, answer);
          }
        });
    sessions.add(ending);
    exchange.onEnd(() -> sessions.remove(ending));
    return answer;
  }

  private static <T> void pass(T result, Throwable failure, CompletableFuture<T> promise) {
    if (failure == null) {
      promise.complete(result);
    } else {
      promise.completeExceptionally(failure);
    }
  }

  private void answer(Exchange exchange, ReadQuery query, Share share, ReadOutcome outcome) {
    if (exchange.isOver()) {
      return;
    }
    if (!(outcome instanceof Batch batch)) {
      exchange.answer(Answers.problem(outcome));
      return;
    }
    if (!share.resize(batch.stored().length())) {
      throw tooManyAnswers();
    }
    HttpServerResponse response = Answers.progress(exchange.response(), batch);
    boolean longPoll = query.live() == Live.LONG_POLL;
    if (longPoll && !batch.endOfStream()) {
      response.putHeader(Names.STREAM_CURSOR, Cursors.next(clock, query.cursor()));
    }
    if (longPoll && batch.stored().isEmpty()) {
      response
          .putHeader(Names.STREAM_UP_TO_DATE, Names.TRUE)
          .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE);
      exchange.end(204);
      return;
    }
    Bytes body = batch.body();
    Optional<Compression> coding = Optional.empty();
    if (batch.contentType().isText()) {
      response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
      if (body.length() >= Compression.MIN_BYTES) {
        coding = Compression.acceptedBy(exchange.header(HttpHeaders.ACCEPT_ENCODING));
      }
    }
    response.putHeader(HttpHeaders.CACHE_CONTROL, cacheControl(exchange, query, batch));
    // PROTOCOL 10.1: not where the tail is part of the question.
    if (!(query.from() instanceof ReadFrom.Tail)) {
      String tag = EntityTags.of(batch, coding.isPresent());
      response.putHeader(HttpHeaders.ETAG, tag);
      if (EntityTags.match(exchange.header(HttpHeaders.IF_NONE_MATCH), tag)) {
        exchange.end(304);
        return;
      }
    }
    response.putHeader(HttpHeaders.CONTENT_TYPE, batch.contentType().value());
    if (coding.isPresent()) {
      response.putHeader(HttpHeaders.CONTENT_ENCODING, coding.get().token());
      compress(exchange, coding.get(), body);
    } else {
      exchange.end(Exchange.buffer(body));
    }
  }

  private static void compress(Exchange exchange, Compression coding, Bytes body) {
    if (body.length() > Compression.LONG_BODY) {
      exchange.then(
          exchange.onWorker(() -> coding.encode(body)),
          compressed -> exchange.end(Exchange.buffer(compressed)));
    } else {
      exchange.end(Exchange.buffer(coding.encode(body)));
    }
  }

  /**
   * PROTOCOL 10.1. What was asked for by where the tail is now must not come from a cache, and that
   * there is nothing more yet is asked for again. The rest does not change.
   */
  private static CharSequence cacheControl(Exchange exchange, ReadQuery query, Batch batch) {
    if (query.from() instanceof ReadFrom.Tail || query.from() instanceof ReadFrom.Last) {
      return Names.NO_STORE;
    }
    if (batch.stored().isEmpty() && !batch.endOfStream()) {
      return Names.NO_CACHE;
    }
    MultiMap headers = exchange.request().headers();
    boolean personal =
        headers.contains(HttpHeaders.AUTHORIZATION) || headers.contains(HttpHeaders.COOKIE);
    return personal ? Names.CACHED_BY_ITS_READER : Names.CACHED;
  }

  /** What one answer takes of the budget. Belongs to the request's event loop. */
  private static final class Share {
    private final Budget budget;
    private int bytes;

    Share(Budget budget) {
      this.budget = budget;
    }

    boolean resize(int wanted) {
      if (wanted > bytes && !budget.take(wanted - bytes)) {
        return false;
      }
      budget.give(Math.max(0, bytes - wanted));
      bytes = wanted;
      return true;
    }

    void giveBack() {
      resize(0);
    }
  }
}
