package dev.streamkeeper.server;

import dev.streamkeeper.OutcomeUnknownException;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamName;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer. Belongs to the request's event loop. */
final class Exchange {

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

  private static final long LINGER_MILLIS = 300;
  private static final long MAX_DISCARDED = 64 * 1024;

  private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  private static final CharSequence CONTENT_TYPE_OPTIONS =
      HttpHeaders.createOptimized("X-Content-Type-Options");
  private static final CharSequence RESOURCE_POLICY =
      HttpHeaders.createOptimized("Cross-Origin-Resource-Policy");
  private static final CharSequence CROSS_ORIGIN = HttpHeaders.createOptimized("cross-origin");
  private static final CharSequence ANY = HttpHeaders.createOptimized("*");
  private static final CharSequence EXPOSED =
      HttpHeaders.createOptimized(
          "ETag, Location, Stream-Next-Offset, Stream-Cursor, Stream-Up-To-Date, Stream-Closed, "
              + "Stream-TTL, Stream-Expires-At, Stream-SSE-Data-Encoding, Producer-Epoch, "
              + "Producer-Seq, Producer-Expected-Seq, Producer-Received-Seq, Stream-Id, "
              + "Stream-Retention, Stream-Earliest-Offset, Retry-After");

  private final RoutingContext routing;
  private final Vertx vertx;
  private final Context context;
  private final List<Runnable> endTasks = new ArrayList<>(2);
  private boolean answered;
  private boolean over;

  Exchange(RoutingContext routing) {
    this.routing = routing;
    this.vertx = routing.vertx();
    this.context = vertx.getOrCreateContext();
    response().putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF).putHeader(RESOURCE_POLICY, CROSS_ORIGIN);
    // An application that the routes are mounted in may have its own idea of who may call it.
    if (!response().headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
      response()
          .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, ANY)
          .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    routing.addEndHandler(
        ended -> {
          if (ended.failed() || !answered) {
            end();
          }
        });
  }

  /**
   * Has something done once the answer has left the server, or can't any more because its reader is
   * gone. The response's own handlers must stay alone: setting one replaces what the router set.
   */
  void onEnd(Runnable task) {
    if (over) {
      task.run();
    } else {
      endTasks.add(task);
    }
  }

  private void end() {
    if (!over) {
      over = true;
      endTasks.forEach(Runnable::run);
      endTasks.clear();
    }
  }

  /** Notes that the answer is complete, though it may have to wait for its reader. */
  void answered(Future<Void> written) {
    answered = true;
    written.onComplete(done -> end());
  }

  HttpServerRequest request() {
    return routing.request();
  }

  HttpServerResponse response() {
    return routing.response();
  }

  Vertx vertx() {
    return vertx;
  }

  /** A header of the request, or the empty string. */
  String header(CharSequence name) {
    String value = request().getHeader(name);
    return value == null ? "" : value;
  }

  /** The parameters of the request's query, decoded. */
  MultiMap query() {
    try {
      return request().params(true);
    } catch (IllegalArgumentException e) {
      throw new Problem.Found(
          Problem.badRequest(
              "invalid-query",
              "the query is percent-encoded UTF-8: '%' is followed by two hexadecimal digits"));
    }
  }

  <T> CompletableFuture<T> onWorker(Callable<T> work) {
    return vertx.executeBlocking(work, false).toCompletionStage().toCompletableFuture();
  }

  /** Path under which the routes are mounted, without a slash at the end. */
  String mountPath() {
    String mount = routing.mountPoint();
    if (mount == null) {
      return "";
    }
    return mount.endsWith("/") ? mount.substring(0, mount.length() - 1) : mount;
  }

  /** What follows the mount path and its slash, still encoded. */
  String rest() {
    String path = request().path();
    String mount = mountPath();
    if (path.equals(mount)) {
      return "";
    }
    // The router compares normalized paths, names are taken from what was sent.
    if (!path.startsWith(mount + "/")) {
      throw new Problem.Found(
          Problem.of(
              404,
              "no-such-path",
              "There is nothing here",
              "send the path of a stream as it is: " + mount + "/ and its name, without detours"));
    }
    return path.substring(mount.length() + 1);
  }

  StreamName streamName() {
    return nameOf(rest());
  }

  /** The stream that a path on this server names. */
  StreamName streamNameOf(String path) {
    String base = mountPath() + "/";
    if (!path.startsWith(base)) {
      throw new Problem.Found(
          Problem.badRequest(
              "invalid-fork-source",
              "Stream-Forked-From is the path of a stream on this server, beginning with "
                  + base
                  + ": "
                  + path));
    }
    return nameOf(path.substring(base.length()));
  }

  private static StreamName nameOf(String encoded) {
    String decoded = decode(encoded);
    if (decoded.equals(StreamName.RESERVED_SEGMENT)
        || decoded.startsWith(StreamName.RESERVED_SEGMENT + "/")) {
      throw new Problem.Found(
          Problem.of(
              404,
              "reserved-name",
              "The name is reserved",
              "paths under '__ds/' belong to the protocol's subscriptions, which this server does"
                  + " not offer; choose another name for a stream"));
    }
    try {
      return new StreamName(decoded);
    } catch (IllegalArgumentException e) {
      throw new Problem.Found(
          Problem.of(400, "invalid-name", "The stream name is not allowed", Problem.detailOf(e)));
    }
  }

  private static String decode(String encoded) {
    byte[] bytes = new byte[encoded.length()];
    int length = 0;
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        boolean whole = i + 2 < encoded.length();
        int high = whole ? Character.digit(encoded.charAt(i + 1), 16) : -1;
        int low = whole ? Character.digit(encoded.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw badEncoding();
        }
        bytes[length++] = (byte) (high << 4 | low);
        i += 2;
      } else if (c < 0x80) {
        bytes[length++] = (byte) c;
      } else {
        throw badEncoding();
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw badEncoding();
    }
  }

  static Problem.Found badEncoding() {
    return new Problem.Found(
        Problem.of(
            400,
            "invalid-name",
            "The stream name is not allowed",
            "a path is percent-encoded UTF-8: '%' is followed by two hexadecimal digits, and"
                + " everything beyond ASCII is encoded"));
  }

  /** The body of a request that a handler of the application has read to its end. */
  Bytes bodyReadBefore() {
    Buffer body = routing.body().buffer();
    if (body == null) {
      throw new IllegalStateException(
          "the body is gone: a handler that answers later pauses the request meanwhile");
    }
    return Bytes.wrap(body.getBytes());
  }

  /** The absolute URL of this request's stream, as far as the request says which host it is on. */
  String url() {
    HostAndPort host = request().authority();
    return host == null ? request().path() : request().scheme() + "://" + host + request().path();
  }

  /** Goes on with a result on this request's event loop; failures become answers. */
  <T> void then(CompletableFuture<T> future, Consumer<T> next) {
    if (future.isDone()) {
      settle(future, next);
    } else {
      future.whenComplete(
          (result, failure) -> context.runOnContext(ignored -> settle(future, next)));
    }
  }

  private <T> void settle(CompletableFuture<T> future, Consumer<T> next) {
    T result;
    try {
      result = future.join();
    } catch (CompletionException e) {
      fail(e.getCause() == null ? e : e.getCause());
      return;
    } catch (RuntimeException e) {
      fail(e);
      return;
    }
    guard(() -> next.accept(result));
  }

  /** Runs a part of the handling; what it throws becomes the answer. */
  void guard(Runnable handling) {
    try {
      handling.run();
    } catch (Problem.Found e) {
      answer(e.problem());
    } catch (RuntimeException e) {
      fail(e);
    }
  }

  void fail(Throwable failure) {
    if (failure instanceof CancellationException && isOver()) {
      return;
    }
    if (failure instanceof StorageException storage) {
      answer(problemOf(storage));
    } else if (failure instanceof OutcomeUnknownException) {
      answer(
          Problem.of(
                  503,
                  "outcome-unknown",
                  "It is not known whether the change was stored",
                  "repeat the request with the same producer headers to settle it; without them it"
                      + " may be applied twice")
              .header(HttpHeaders.RETRY_AFTER, 1));
    } else {
      LOG.error("{} {} failed", request().method(), request().path(), failure);
      answer(
          Problem.of(
              500, "internal-error", "The server failed", "the server's log says what happened"));
    }
  }

  private Problem problemOf(StorageException failure) {
    return switch (failure.reason()) {
      case FULL ->
          Problem.of(507, "storage-full", "There is no room left", Problem.detailOf(failure));
      case CORRUPT -> {
        LOG.error("{} {} met damaged data", request().method(), request().path(), failure);
        yield Problem.of(
                500, "data-damaged", "The stored data is damaged", Problem.detailOf(failure))
            .with("stream", nameOf(rest()));
      }
      case UNAVAILABLE, CLOSED -> unavailable(Problem.detailOf(failure));
    };
  }

  static Problem unavailable(String detail) {
    return Problem.of(503, "unavailable", "The server can't do this now", detail)
        .header(HttpHeaders.RETRY_AFTER, 1);
  }

  boolean isOver() {
    return response().ended() || response().closed();
  }

  void answer(Problem problem) {
    if (isOver()) {
      return;
    }
    if (response().headWritten()) {
      abort();
      return;
    }
    problem.headers().forEach((name, value) -> response().putHeader(name, value));
    response()
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE)
        .putHeader(HttpHeaders.CONTENT_TYPE, Problem.CONTENT_TYPE);
    if (!request().isEnded() && bodyIsLongOrUncertain()) {
      closeAfterwards();
    }
    end(Buffer.buffer(problem.toJson()));
  }

  /** Whether reading the rest of the body only to go on with the connection makes no sense. */
  private boolean bodyIsLongOrUncertain() {
    MultiMap headers = request().headers();
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    return headers.contains(HttpHeaders.TRANSFER_ENCODING)
        || headers.contains(HttpHeaders.EXPECT)
        || (length != null && Long.parseLong(length) > MAX_DISCARDED);
  }

  /** Gives the connection up once the answer is on its way; HTTP/2 goes on with other streams. */
  void closeAfterwards() {
    if (isHttp1()) {
      response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
      // At once, the reset that unread input provokes could overtake the answer.
      onEnd(() -> vertx.setTimer(LINGER_MILLIS, passed -> request().connection().close()));
    } else {
      onEnd(
          () -> {
            if (!request().isEnded()) {
              response().reset();
            }
          });
    }
  }

  /** Breaks an answer off so that its reader notices. */
  void abort() {
    if (isHttp1()) {
      request().connection().close();
    } else {
      response().reset();
    }
  }

  private boolean isHttp1() {
    return request().version() != HttpVersion.HTTP_2;
  }

  void end(int status) {
    if (!isOver()) {
      answered(response().setStatusCode(status).end());
    }
  }

  /** Ends with a body, of which HEAD gets only the length. */
  void end(Buffer body) {
    if (isOver()) {
      return;
    }
    if (request().method().equals(HttpMethod.HEAD)) {
      response().putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
      answered(response().end());
    } else {
      answered(response().end(body));
    }
  }

  static Buffer buffer(Bytes bytes) {
    return BufferInternal.buffer(Unpooled.wrappedBuffer(bytes.asByteBuffer()));
  }
}
