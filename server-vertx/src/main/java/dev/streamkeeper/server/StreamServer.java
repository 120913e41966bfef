package dev.streamkeeper.server;

import dev.streamkeeper.StreamManager;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of its own: the {@linkplain StreamRoutes routes} under {@value #STREAMS_PATH}, and {@code
 * GET /health}. Thread-safe.
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
  private final List<HttpServer> servers = new ArrayList<>();
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
    return server
        .listen()
        .recover(
            failure -> server.vertx.close().transform(closed -> Future.failedFuture(failure)))
        .map(listening -> server)
        .toCompletionStage()
        .toCompletableFuture();
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
   * {@linkplain StreamServerOptions#stopTimeout() time allowed}, closes the connections and then the
   * manager.
   *
   * @return done when everything is closed; never fails
   */
  public CompletableFuture<Void> stop() {
    stopping = true;
    routes.drain();
    Promise<Void> drained = Promise.promise();
    awaitQuiet(System.nanoTime() + options.stopTimeout().toNanos(), drained);
    return drained
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
        .eventually(vertx::close)
        .<Void>mapEmpty()
        .otherwiseEmpty()
        .toCompletionStage()
        .toCompletableFuture();
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
    int loops = Runtime.getRuntime().availableProcessors();
    // The first one finds the port, which the others then share.
    Future<Void> listening = listen(options.port());
    for (int i = 1; i < loops; i++) {
      listening = listening.compose(first -> listen(port));
    }
    return listening;
  }

  private Future<Void> listen(int wanted) {
    HttpServerOptions http =
        new HttpServerOptions()
            .setHost(options.host())
            .setPort(wanted)
            .setCompressionSupported(true)
            .setCompressionLevel(COMPRESSION_LEVEL)
            .setCompressionContentSizeThreshold(ReadHandlers.MIN_COMPRESSED)
            .setHandle100ContinueAutomatically(false)
            .setMaxInitialLineLength(16 * 1024)
            .setMaxHeaderSize(32 * 1024);
    return vertx
        .deployVerticle(
            () ->
                new io.vertx.core.AbstractVerticle() {
                  @Override
                  public void start(Promise<Void> started) {
                    HttpServer server = vertx.createHttpServer(http);
                    server
                        .requestHandler(router())
                        .listen()
                        .onSuccess(
                            bound -> {
                              port = bound.actualPort();
                              synchronized (servers) {
                                servers.add(bound);
                              }
                            })
                        .<Void>mapEmpty()
                        .onComplete(started);
                  }
                },
            new io.vertx.core.DeploymentOptions())
        .mapEmpty();
  }

  private Router router() {
    Router router = Router.router(vertx);
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
