package dev.streamkeeper.server;

import dev.streamkeeper.StreamManager;
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
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
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
  private static final int COMPRESSION_LEVEL = 4;

  private final StreamManager streams;
  private final StreamServerOptions options;
  private final StreamRoutes routes;
  private final Vertx vertx;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
  private volatile int port;
  private volatile boolean stopping;

  private StreamServer(StreamManager streams, StreamServerOptions options) {
    this.streams = streams;
    this.options = options;
    this.routes = new StreamRoutes(streams, options);
    this.vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  }

  /**
   * Starts a server with as many event loops as there are processors. The server closes the manager
   * when it stops.
   *
   * @return the server once it listens; fails if it can't listen on its address, in which case the
   *     manager stays open
   */
  public static CompletableFuture<StreamServer> start(
      StreamManager streams, StreamServerOptions options) {
    StreamServer server = new StreamServer(streams, options);
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

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** The streams' URL, without a slash at the end. */
  public String url() {
    String host = options.host().contains(":") ? "[" + options.host() + "]" : options.host();
    return "http://" + host + ":" + port + STREAMS_PATH;
  }

  /**
   * Stops in order: refuses new requests, ends live reads, lets running requests finish within the
   * {@linkplain StreamServerOptions#stopTimeout() time allowed}, closes the connections and then
   * the manager.
   *
   * @return done when everything is closed; never fails
   */
  public CompletableFuture<Void> stop() {
    stopping = true;
    routes.drain();
    CompletableFuture<Void> stopped = new CompletableFuture<>();
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
            .setCompressionSupported(true)
            .setCompressionLevel(COMPRESSION_LEVEL)
            .setCompressionContentSizeThreshold(ReadHandlers.MIN_COMPRESSED)
            .setHandle100ContinueAutomatically(false)
            .setMaxInitialLineLength(16 * 1024)
            .setMaxHeaderSize(32 * 1024);
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
    // The router itself refuses paths that it can't decode.
    router.errorHandler(
        400, routing -> new Exchange(routing).answer(Exchange.badEncoding().problem()));
    router.route("/health").handler(this::health);
    router.route(STREAMS_PATH + "/*").subRouter(routes.router(vertx));
    router
        .route()
        .handler(
            routing ->
                new Exchange(routing)
                    .answer(
                        Problem.of(
                            404,
                            "no-such-path",
                            "There is nothing here",
                            "streams are under " + STREAMS_PATH + "/, health under /health")));
    return router;
  }

  private void health(RoutingContext routing) {
    Exchange exchange = new Exchange(routing);
    if (stopping) {
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
