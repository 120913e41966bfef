package dev.streamkeeper.server;

import dev.streamkeeper.StreamManager;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The protocol as routes for a Vert.x application, which mounts them under a path of its own,
 * behind handlers of its own:
 *
 * <pre>{@code
 * StreamRoutes routes = new StreamRoutes(streams, StreamServerOptions.defaults());
 * router.route("/tenant/streams/*").handler(authentication).subRouter(routes.router(vertx));
 * }</pre>
 *
 * <p>{@code Location} and {@code Stream-Forked-From} go by the path they are mounted under. The
 * routes read request bodies by themselves: no body handler may come before them, and a handler
 * before them that answers asynchronously pauses the request meanwhile. One instance serves any
 * number of event loops; all methods may be called from any thread.
 */
public final class StreamRoutes {

  private static final String METHODS = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
  private static final String LIST_METHODS = "GET, HEAD, OPTIONS";
  private static final String ALLOWED_HEADERS =
      "Content-Type, Authorization, If-Match, If-None-Match, Cache-Control, Stream-Seq, Stream-TTL, "
          + "Stream-Expires-At, Stream-Closed, Stream-Forked-From, Stream-Fork-Offset, "
          + "Stream-Fork-Sub-Offset, Stream-Retention, If-Stream-Id, Producer-Id, Producer-Epoch, "
          + "Producer-Seq";

  private final LiveSessions sessions = new LiveSessions();
  private final AtomicInteger active = new AtomicInteger();
  private final ChangeHandlers changes;
  private final ReadHandlers reads;
  private final ListHandler lists;

  /**
   * Routes to the streams of a manager.
   *
   * @param streams answers the requests; should complete on its callers' and storages' threads
   *     ({@code Runnable::run}), since the routes return to their event loop anyway. Not closed by
   *     the routes
   * @param options of which host and port mean nothing here
   */
  public StreamRoutes(StreamManager streams, StreamServerOptions options) {
    Budget budget = new Budget(options.maxBufferedBytes());
    changes = new ChangeHandlers(streams, options, budget);
    reads = new ReadHandlers(streams, options, budget, sessions, InstantSource.system());
    lists = new ListHandler(streams);
  }

  /**
   * A router to mount, new for each call.
   *
   * @param vertx the instance whose event loops serve the requests
   * @return the router
   */
  public Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.route().handler(this::handle);
    return router;
  }

  /**
   * Ends all live reads, so that their clients reconnect, elsewhere or later; from now on a live
   * read ends as soon as it has answered what there is, and every other new request is refused with
   * 503.
   */
  public void drain() {
    sessions.stop();
  }

  /** {@return number of requests under way} */
  public int activeRequests() {
    return active.get();
  }

  private void handle(RoutingContext routing) {
    Exchange exchange = new Exchange(routing);
    active.incrementAndGet();
    exchange.onEnd(active::decrementAndGet);
    exchange.guard(
        () -> {
          if (sessions.areStopping()) {
            exchange.closeAfterwards();
            throw new Problem.Found(Exchange.unavailable("the server is stopping"));
          }
          dispatch(exchange);
        });
  }

  private void dispatch(Exchange exchange) {
    HttpMethod method = exchange.request().method();
    boolean root = exchange.rest().isEmpty();
    if (method.equals(HttpMethod.OPTIONS)) {
      preflight(exchange, root ? LIST_METHODS : METHODS);
    } else if (root && (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD))) {
      lists.list(exchange);
    } else if (root) {
      throw notAllowed(method, LIST_METHODS);
    } else if (method.equals(HttpMethod.GET)) {
      reads.read(exchange);
    } else if (method.equals(HttpMethod.HEAD)) {
      reads.head(exchange);
    } else if (method.equals(HttpMethod.POST)) {
      changes.append(exchange);
    } else if (method.equals(HttpMethod.PUT)) {
      changes.create(exchange);
    } else if (method.equals(HttpMethod.DELETE)) {
      changes.delete(exchange);
    } else {
      throw notAllowed(method, METHODS);
    }
  }

  private static void preflight(Exchange exchange, String methods) {
    exchange
        .response()
        .putHeader(HttpHeaders.ALLOW, methods)
        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods)
        .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS)
        .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "86400");
    exchange.end(204);
  }

  private static Problem.Found notAllowed(HttpMethod method, String allowed) {
    return new Problem.Found(
        Problem.of(
                405,
                "method-not-allowed",
                "The method is not for this resource",
                method + " is not one of " + allowed)
            .header(HttpHeaders.ALLOW, allowed));
  }
}
