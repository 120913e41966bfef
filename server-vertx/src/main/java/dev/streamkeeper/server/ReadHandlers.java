package dev.streamkeeper.server;

import dev.streamkeeper.Batch;
import dev.streamkeeper.ReadFrom;
import dev.streamkeeper.ReadOutcome;
import dev.streamkeeper.ReadRequest;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.server.ReadQuery.Live;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamName;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** GET and HEAD of a stream (PROTOCOL 5.5 to 5.8). */
final class ReadHandlers {

  /** Shorter bodies gain nothing from compression. */
  static final int MIN_COMPRESSED = 1024;

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
    ReadQuery query = ReadQuery.of(exchange.request().params());
    int page = page();
    if (!budget.take(page)) {
      throw new Problem.Found(
          Exchange.unavailable("too many answers wait for slow readers; try again"));
    }
    ReadRequest request =
        new ReadRequest(
            query.from(),
            page,
            query.live() == Live.LONG_POLL ? options.longPollTimeout() : Duration.ZERO,
            new StreamHeaders(exchange).ifStreamId());
    if (query.live() == Live.SSE) {
      // A session reads a page at a time and takes its share for each.
      budget.give(page);
      new SseSession(exchange, streams, name, request, query, options, budget, sessions, clock)
          .start();
      return;
    }
    Share share = new Share(page);
    CompletableFuture<ReadOutcome> read = streams.read(name, request);
    exchange.onEnd(
        () -> {
          read.cancel(false);
          share.giveBack();
        });
    if (query.live() == Live.LONG_POLL && !read.isDone()) {
      waitForData(exchange, query, name, request, read);
    } else {
      exchange.then(read, outcome -> answer(exchange, query, outcome));
    }
  }

  /** A long-poll ends early, as if its time were over, when the server stops. */
  private void waitForData(
      Exchange exchange,
      ReadQuery query,
      StreamName name,
      ReadRequest request,
      CompletableFuture<ReadOutcome> read) {
    CompletableFuture<ReadOutcome> first = new CompletableFuture<>();
    Runnable ending =
        () -> {
          if (read.cancel(false)) {
            streams
                .read(
                    name,
                    new ReadRequest(
                        request.from(), request.maxBytes(), Duration.ZERO, request.ifId()))
                .whenComplete((outcome, failure) -> pass(outcome, failure, first));
          }
        };
    read.whenComplete(
        (outcome, failure) -> {
          if (!read.isCancelled()) {
            pass(outcome, failure, first);
          }
        });
    first.whenComplete((outcome, failure) -> sessions.remove(ending));
    sessions.add(ending);
    read.whenComplete((outcome, failure) -> sessions.remove(ending));
    exchange.then(first, outcome -> answer(exchange, query, outcome));
  }

  private static <T> void pass(T result, Throwable failure, CompletableFuture<T> promise) {
    if (failure == null) {
      promise.complete(result);
    } else {
      promise.completeExceptionally(failure);
    }
  }

  /** Pages shrink while many answers are on their way, down to a size that still pays. */
  private int page() {
    long share = Math.max(MIN_PAGE, budget.left() / 16);
    return (int) Math.min(options.maxReadBytes(), share);
  }

  private final class Share {
    private int bytes;

    Share(int bytes) {
      this.bytes = bytes;
    }

    void giveBack() {
      budget.give(bytes);
      bytes = 0;
    }
  }

  private void answer(Exchange exchange, ReadQuery query, ReadOutcome outcome) {
    if (exchange.isOver()) {
      return;
    }
    if (!(outcome instanceof Batch batch)) {
      exchange.answer(Answers.problem(outcome));
      return;
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
    response.putHeader(HttpHeaders.CONTENT_TYPE, batch.contentType().value());
    boolean now = query.from() instanceof ReadFrom.Tail;
    boolean moving = now || query.from() instanceof ReadFrom.Last;
    Bytes body = batch.body();
    boolean compressible = batch.contentType().isText() && body.length() >= MIN_COMPRESSED;
    if (compressible) {
      response.putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
    } else {
      response.putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
    }
    if (!now) {
      String tag = entityTag(batch, compressible && acceptsCompression(exchange));
      response.putHeader(HttpHeaders.ETAG, tag);
      if (matches(exchange.request().getHeader(HttpHeaders.IF_NONE_MATCH), tag)) {
        response.putHeader(HttpHeaders.CACHE_CONTROL, cacheControl(moving));
        response.headers().remove(HttpHeaders.CONTENT_TYPE);
        exchange.end(304);
        return;
      }
    }
    response.putHeader(HttpHeaders.CACHE_CONTROL, cacheControl(moving));
    exchange.end(Exchange.buffer(body));
  }

  /** What depends on where the tail is now must not be answered from a cache (PROTOCOL 8, 10.1). */
  private static CharSequence cacheControl(boolean moving) {
    return moving ? Names.NO_STORE : Names.CACHED;
  }

  /** Varies with closure (PROTOCOL 10.1), and is weak where the bytes on the wire may differ. */
  private static String entityTag(Batch batch, boolean compressed) {
    return (compressed ? "W/\"" : "\"")
        + batch.id()
        + ":"
        + batch.from()
        + ":"
        + batch.next()
        + (batch.endOfStream() ? ":c" : batch.upToDate() ? "" : ":p")
        + "\"";
  }

  private static boolean acceptsCompression(Exchange exchange) {
    String accepted = exchange.request().getHeader(HttpHeaders.ACCEPT_ENCODING);
    return accepted != null
        && (accepted.toLowerCase(Locale.ROOT).contains("gzip")
            || accepted.toLowerCase(Locale.ROOT).contains("deflate"));
  }

  private static boolean matches(String ifNoneMatch, String tag) {
    return ifNoneMatch != null
        && (ifNoneMatch.strip().equals("*")
            || Arrays.stream(ifNoneMatch.split(","))
                .map(each -> strong(each.strip()))
                .anyMatch(strong(tag)::equals));
  }

  private static String strong(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
