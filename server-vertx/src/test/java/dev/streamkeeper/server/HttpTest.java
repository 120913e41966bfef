package dev.streamkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.storage.StorageConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.slf4j.LoggerFactory;

/** A real server on a free port; fails a test in which an event loop was blocked. */
abstract class HttpTest {

  static final String ZERO = "0000000000000000_0000000000000000";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ListAppender<ILoggingEvent> blockedThreads = new ListAppender<>();
  private StreamServer server;

  StreamServerOptions options() {
    return StreamServerOptions.defaults()
        .withLive(Duration.ofMillis(400), Duration.ofSeconds(5), Duration.ofMillis(100))
        .withSizes(100_000, 4096);
  }

  StreamManager manager() {
    return StreamManager.builder()
        .storage("memory", StorageConfig.of(Path.of("unused")))
        .completionExecutor(Runnable::run)
        .build();
  }

  @BeforeEach
  void startServer() throws Exception {
    blockedThreads.start();
    checker().addAppender(blockedThreads);
    server =
        StreamServer.start(manager(), options().withAddress("127.0.0.1", 0))
            .get(30, TimeUnit.SECONDS);
  }

  @AfterEach
  void stopServer() throws Exception {
    server.stop().get(30, TimeUnit.SECONDS);
    checker().detachAppender(blockedThreads);
    assertThat(blockedThreads.list).as("blocked event loops").isEmpty();
  }

  private static Logger checker() {
    return (Logger) LoggerFactory.getLogger("io.vertx.core.impl.BlockedThreadChecker");
  }

  StreamServer server() {
    return server;
  }

  String unique() {
    return server.url() + "/test/" + UUID.randomUUID();
  }

  HttpResponse<String> send(String method, String url, String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(30))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<String> get(String url, String... headers) throws IOException, InterruptedException {
    return send("GET", url, "", headers);
  }

  /** Creates a stream and answers its URL. */
  String create(String type, String body, String... headers)
      throws IOException, InterruptedException {
    String url = unique();
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = type;
    System.arraycopy(headers, 0, all, 2, headers.length);
    assertThat(send("PUT", url, body, all).statusCode()).isEqualTo(201);
    return url;
  }

  HttpResponse<String> append(String url, String type, String body)
      throws IOException, InterruptedException {
    return send("POST", url, body, "Content-Type", type);
  }

  static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  void assertProblem(HttpResponse<String> response, int status, String type) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
    assertThat(response.body()).contains("/problems/" + type + "\"");
    assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(header(response, "Cross-Origin-Resource-Policy")).isEqualTo("cross-origin");
    assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
  }

  /** Sends bytes as they are and answers what comes until the server closes the connection. */
  String raw(String request) throws IOException {
    URI url = URI.create(server.url());
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  String path(String url) {
    return URI.create(url).getRawPath();
  }
}
