package dev.streamkeeper.server;

import dev.streamkeeper.StreamManager;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of its own: the {@linkplain StreamRoutes routes} under {@value #STREAMS_PATH}, and
 * {@code GET /health}. Thread-safe.
 */
public final class StreamServer {

  /** Where the streams are. */
  public static final String STREAMS_PATH = "/v1/stream";

  private static final Logger LOG = LoggerFactory.getLogger(StreamServer.class);
  private static final long DRAIN_CHECK_MILLIS = 20;
  private static final int MAX_LINE = 16 * 1024;
  private static final int MAX_HEADERS = 32 * 1024;
  private static final Problem NO_SUCH_PATH =
      Problem.of(
          404,
          "no-such-path",
          "There is nothing here",
          "streams are under " + STREAMS_PATH + "/, health under /health");
  private static final Problem BAD_TARGET =
      Problem.badRequest(
          "invalid-target", "a request has a Host header and a path that begins with '/'");
  private static final int MAX_CHUNK_SIZE = 64 * 1024;

  /** How long a storage may take for an answer, with time to spare. */
  private static final Duration SLOWEST_ANSWER = Duration.ofSeconds(90);

  private final StreamManager streams;
  private final StreamServerOptions options;
  private final StreamRoutes routes;
  private final Vertx vertx;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile int port;

  private StreamServer(StreamManager streams, StreamServerOptions options, VertxOptions vertx) {
    this.streams = streams;
    this.options = options;
    this.routes = new StreamRoutes(streams, options);
    this.vertx = Vertx.vertx(vertx);
  }

  /**
   * Starts a server with as many event loops as there are processors. The server closes the manager
   * when it stops.
   *
   * @param streams what is served
   * @param options where and how to serve it
   * @return the server once it listens; fails if it can't listen on its address, in which case the
   *     manager stays open
   */
  public static CompletableFuture<StreamServer> start(
      StreamManager streams, StreamServerOptions options) {
    return start(streams, options, new VertxOptions().setPreferNativeTransport(true));
  }

  static CompletableFuture<StreamServer> start(
      StreamManager streams, StreamServerOptions options, VertxOptions vertx) {
    StreamServer server = new StreamServer(streams, options, vertx);
    // Not as a Vert.x future: those of a Vert.x that is closed may never complete.
    CompletableFuture<StreamServer> started = new CompletableFuture<>();
    server
        .listen()
        .onSuccess(listening -> started.complete(server))
        .onFailure(
            failure -> {
              started.completeExceptionally(failure);
              server.vertx.close();
            });
    return started;
  }

  /** {@return the port it listens on} */
  public int port() {
    return port;
  }

  /** {@return the streams' URL, without a slash at the end} */
  public String url() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return "http://" + host + ":" + port + STREAMS_PATH;
  }

  /**
   * Stops in order: refuses new requests, ends live reads, lets running requests finish within the
   * {@linkplain StreamServerOptions#stopTimeout() time allowed}, closes the connections and then
   * the manager.
   *
   * @return done when everything is closed; never fails; the same for every call
   */
  public CompletableFuture<Void> stop() {
    if (!stopping.compareAndSet(false, true)) {
      return stopped;
    }
    routes.drain();
    Promise<Void> drained = Promise.promise();
    awaitQuiet(System.nanoTime() + options.stopTimeout().toNanos(), drained);
    drained
        .future()
        .eventually(() -> Future.join(servers.stream().map(HttpServer::close).toList()))
        .eventually(
            () ->
                vertx.executeBlocking(
                    () -> {
                      streams.close();
                      return null;
                    }))
        .onFailure(failure -> LOG.error("the server did not stop cleanly", failure))
        .onComplete(
            closed -> {
              stopped.complete(null);
              vertx.close();
            });
    return stopped;
  }

  private void awaitQuiet(long deadline, Promise<Void> quiet) {
    if (routes.activeRequests() == 0) {
      quiet.complete();
    } else if (System.nanoTime() - deadline >= 0) {
      LOG.warn("{} requests did not finish in time", routes.activeRequests());
      quiet.complete();
    } else {
      vertx.setTimer(DRAIN_CHECK_MILLIS, again -> awaitQuiet(deadline, quiet));
    }
  }

  private Future<Void> listen() {
    HttpServerOptions http =
        new HttpServerOptions()
            .setHandle100ContinueAutomatically(false)
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setIdleTimeout(idleTimeoutMillis())
            .setMaxChunkSize(MAX_CHUNK_SIZE)
            .setMaxInitialLineLength(MAX_LINE)
            .setMaxHeaderSize(MAX_HEADERS);
    // All event loops have to share the port that is picked.
    SocketAddress address =
        options.port() == 0
            ? SocketAddress.sharedRandomPort(1, options.host())
            : SocketAddress.inetSocketAddress(options.port(), options.host());
    int loops = Runtime.getRuntime().availableProcessors();
    return vertx
        .deployVerticle(() -> new Loop(http, address), new DeploymentOptions().setInstances(loops))
        .mapEmpty();
  }

  /**
   * After how long a connection on which nothing moves is closed: its client is gone, has stopped
   * in the middle of a body, or does not take its answer.
   */
  private int idleTimeoutMillis() {
    Duration longestWait =
        Collections.max(List.of(options.longPollTimeout(), options.sseKeepAlive()));
    return (int) Math.min(Integer.MAX_VALUE, longestWait.plus(SLOWEST_ANSWER).toMillis());
  }

  /** One event loop's share of the server. */
  private final class Loop extends VerticleBase {

    private final HttpServerOptions http;
    private final SocketAddress address;

    Loop(HttpServerOptions http, SocketAddress address) {
      this.http = http;
      this.address = address;
    }

    @Override
    public Future<?> start() {
      return vertx
          .createHttpServer(http)
          .requestHandler(router())
          .invalidRequestHandler(StreamServer::refuseInvalid)
          .listen(address)
          .onSuccess(
              bound -> {
                port = bound.actualPort();
                servers.add(bound);
              });
    }
  }

  private Router router() {
    Router router = Router.router(vertx);
    router.route("/health").handler(this::health);
    router.route(STREAMS_PATH + "/*").subRouter(routes.router(vertx));
    router.route().handler(routing -> new Exchange(routing).answer(NO_SUCH_PATH));
    router.errorHandler(400, StreamServer::refuseUnroutable);
    router.errorHandler(404, routing -> new Exchange(routing).answer(NO_SUCH_PATH));
    router.errorHandler(500, StreamServer::refuseFailed);
    return router;
  }

  /** The router itself refuses requests without a host and paths that it can't decode. */
  private static void refuseUnroutable(RoutingContext routing) {
    boolean withoutHost = routing.request().authority() == null;
    new Exchange(routing).answer(withoutHost ? BAD_TARGET : Exchange.badEncoding().problem());
  }

  private static void refuseFailed(RoutingContext routing) {
    new Exchange(routing).fail(routing.failure());
  }

  /** Answers what is no HTTP, for which there is no route. */
  private static void refuseInvalid(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    Problem problem;
    if (cause instanceof TooLongHttpLineException) {
      problem =
          Problem.of(
              414,
              "target-too-long",
              "The request's first line is too long",
              "it has at most " + MAX_LINE + " characters");
    } else if (cause instanceof TooLongHttpHeaderException) {
      problem =
          Problem.of(
              431,
              "headers-too-large",
              "The request's headers are too large",
              "together they have at most " + MAX_HEADERS + " bytes");
    } else {
      problem = Problem.badRequest("invalid-request", "this is not an HTTP request: " + cause);
    }
    request
        .response()
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE)
        .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE)
        .putHeader(HttpHeaders.CONTENT_TYPE, Problem.CONTENT_TYPE)
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(Buffer.buffer(problem.toJson()))
        .onComplete(sent -> request.connection().close());
  }

  private void health(RoutingContext routing) {
    Exchange exchange = new Exchange(routing);
    if (stopping.get()) {
      exchange.answer(Exchange.unavailable("the server is stopping"));
      return;
    }
    exchange
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE);
    exchange.end(Buffer.buffer("{\"status\":\"ok\"}"));
  }
}
