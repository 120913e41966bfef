package dev.streamkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.StreamManager;
import dev.streamkeeper.storage.StorageConfig;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The routes inside an application that has paths and users of its own. */
class MountingTest {

  @Test
  void anApplicationMountsTheRoutesBehindItsOwnAuthentication() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (StreamManager streams =
        StreamManager.builder()
            .storage("memory", StorageConfig.of(Path.of("unused")))
            .completionExecutor(Runnable::run)
            .build()) {
      StreamRoutes routes = new StreamRoutes(streams, StreamServerOptions.defaults());
      Router application = Router.router(vertx);
      application
          .route("/app/:tenant/streams/*")
          .handler(
              routing -> {
                if ("Bearer secret".equals(routing.request().getHeader("Authorization"))) {
                  routing.next();
                } else {
                  routing.response().setStatusCode(401).end();
                }
              });
      application.route("/app/acme/streams/*").subRouter(routes.router(vertx));
      HttpServer server =
          vertx
              .createHttpServer()
              .requestHandler(application)
              .listen(0, "127.0.0.1")
              .toCompletionStage()
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      String base = "http://127.0.0.1:" + server.actualPort() + "/app/acme/streams";

      assertThat(send("PUT", base + "/a", false).statusCode()).isEqualTo(401);
      HttpResponse<String> created = send("PUT", base + "/a", true);
      assertThat(created.statusCode()).isEqualTo(201);
      assertThat(created.headers().firstValue("Location")).hasValue(base + "/a");
      HttpResponse<String> forked =
          send("PUT", base + "/b", true, "Stream-Forked-From", "/app/acme/streams/a");
      assertThat(forked.statusCode()).as(forked.body()).isEqualTo(201);
      assertThat(send("PUT", base + "/c", true, "Stream-Forked-From", "/v1/stream/a").statusCode())
          .isEqualTo(400);
      assertThat(send("GET", base + "/", true).body()).contains("\"a\"", "\"b\"");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static HttpResponse<String> send(
      String method, String url, boolean authorized, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).method(method, HttpRequest.BodyPublishers.noBody());
    if (authorized) {
      request.header("Authorization", "Bearer secret");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }
}
