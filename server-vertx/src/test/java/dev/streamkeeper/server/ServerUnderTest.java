package dev.streamkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.storage.StorageConfig;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.LoggerFactory;

/**
 * A server of one test, on a free port. When it is closed, the test fails if an event loop was
 * blocked for a second or the server logged an error that the test did not expect.
 */
final class ServerUnderTest implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final StreamServer server;
  private boolean errorsExpected;

  private ServerUnderTest(StreamManager streams, StreamServerOptions options) throws Exception {
    log.start();
    root().addAppender(log);
    server =
        StreamServer.start(
                streams,
                options.withAddress("127.0.0.1", 0),
                new VertxOptions()
                    .setPreferNativeTransport(true)
                    .setMaxEventLoopExecuteTime(1)
                    .setMaxEventLoopExecuteTimeUnit(TimeUnit.SECONDS)
                    .setBlockedThreadCheckInterval(200)
                    .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS))
            .get(30, TimeUnit.SECONDS);
  }

  static ServerUnderTest start() throws Exception {
    return start(options());
  }

  static ServerUnderTest start(StreamServerOptions options) throws Exception {
    return start(inMemory(), options);
  }

  static ServerUnderTest start(StreamManager streams, StreamServerOptions options)
      throws Exception {
    return new ServerUnderTest(streams, options);
  }

  /** Long times, so that what happens does not happen because a time is over. */
  static StreamServerOptions options() {
    return StreamServerOptions.defaults()
        .withLive(Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(15));
  }

  static StreamManager inMemory() {
    return StreamManager.builder()
        .storage("memory", StorageConfig.of(Path.of("unused")))
        .completionExecutor(Runnable::run)
        .build();
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  StreamServer server() {
    return server;
  }

  String url() {
    return server.url();
  }

  /** What the server logged as an error, which from now on is all right. */
  List<ILoggingEvent> expectedErrors() {
    errorsExpected = true;
    synchronized (log) {
      return log.list.stream()
          .filter(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
          .toList();
    }
  }

  /** Creates a stream and answers its URL. */
  String create(String type, String body, String... headers) throws Exception {
    String url = url() + "/" + UUID.randomUUID();
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = type;
    System.arraycopy(headers, 0, all, 2, headers.length);
    assertThat(send("PUT", url, body, all).statusCode()).isEqualTo(201);
    return url;
  }

  HttpResponse<String> append(String url, String type, String body) throws Exception {
    return send("POST", url, body, "Content-Type", type);
  }

  HttpResponse<String> get(String url, String... headers) throws Exception {
    return send("GET", url, "", headers);
  }

  HttpResponse<byte[]> getBytes(String url, String... headers) throws Exception {
    return client.send(request("GET", url, "", headers), BodyHandlers.ofByteArray());
  }

  HttpResponse<String> send(String method, String url, String body, String... headers)
      throws Exception {
    return client.send(request(method, url, body, headers), BodyHandlers.ofString());
  }

  CompletableFuture<HttpResponse<String>> getAsync(String url, String... headers) {
    return client.sendAsync(request("GET", url, "", headers), BodyHandlers.ofString());
  }

  private static HttpRequest request(String method, String url, String body, String... headers) {
    BodyPublisher publisher =
        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).method(method, publisher);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  static String path(String url) {
    return URI.create(url).getRawPath();
  }

  /** A connection of its own, to send bytes on that no client would send. */
  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  /** Sends a text as it is and answers what comes until the server closes the connection. */
  String raw(String request) throws IOException {
    try (Socket socket = connect()) {
      write(socket, request);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  /** Reads on until a text has come. */
  static String readUntil(Socket socket, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    InputStream in = socket.getInputStream();
    while (text.indexOf(end) < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection ended after: " + text);
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /** Waits until something holds. */
  static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it came to hold in time").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Override
  public void close() {
    server.stop().orTimeout(30, TimeUnit.SECONDS).join();
    root().detachAppender(log);
    assertThat(log.list)
        .filteredOn(event -> event.getLoggerName().contains("BlockedThreadChecker"))
        .as("blocked event loops")
        .isEmpty();
    if (!errorsExpected) {
      assertThat(log.list)
          .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.ERROR))
          .as("errors in the server's log")
          .isEmpty();
    }
  }
}
