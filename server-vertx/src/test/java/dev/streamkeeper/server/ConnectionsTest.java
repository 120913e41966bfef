package dev.streamkeeper.server;

import static dev.streamkeeper.server.ServerUnderTest.path;
import static dev.streamkeeper.server.ServerUnderTest.readUntil;
import static dev.streamkeeper.server.ServerUnderTest.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server sees that no well-behaved client sends, and HTTP/2. */
class ConnectionsTest {

  private static final String CLOSE = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  private ServerUnderTest server;

  @BeforeEach
  void start() throws Exception {
    server = ServerUnderTest.start(ServerUnderTest.options().withSizes(100_000, 4096));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET /v1/stream/a%zz, 400, invalid-",
    "GET /v1/stream/a%, 400, invalid-",
    "GET /v1/stream/a%4, 400, invalid-",
    "GET /v1/stream/%FF%FE, 400, invalid-name",
    "GET /v1/stream/a%00b, 400, invalid-name",
    "GET /v1/stream/a/../b, 400, invalid-name",
    "GET /v1/stream/../../etc/passwd, 404, no-such-path",
    "GET /v1/../v1/stream/a, 404, no-such-path",
    "GET //v1/stream/a, 404, no-such-path",
    "GET /v1/strea%6D/a, 404, no-such-path",
    "GET /v1/stream//a, 400, invalid-name",
    "GET /v1/stream/a/, 400, invalid-name",
    "GET /v1/stream/__ds/subscriptions/x, 404, reserved-name",
    "GET /v1/stream/%5F_ds, 404, reserved-name",
    "GET /v1/stream/a?offset=%zz, 400, invalid-query",
    "GET /v1/stream/?prefix=%, 400, invalid-query",
    "GET *, 404, no-such-path",
    "TRACE /v1/stream/a, 405, method-not-allowed",
    "BREW /v1/stream/a, 405, method-not-allowed"
  })
  void strangeTargetsAreProblems(String request, int status, String type) throws Exception {
    String answer = server.raw(request + CLOSE);

    assertThat(answer)
        .startsWith("HTTP/1.1 " + status)
        .containsIgnoringCase("content-type: application/problem+json")
        .containsIgnoringCase("x-content-type-options: nosniff")
        .containsIgnoringCase("cross-origin-resource-policy: cross-origin")
        .contains("https://streamkeeper.dev/problems/" + type);
  }

  @Test
  void whatIsNoHttpIsAProblemToo() throws Exception {
    assertThat(server.raw("GET /" + "a".repeat(20_000) + CLOSE))
        .contains(" 414 ")
        .contains("target-too-long");
    assertThat(
            server.raw("GET /health HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(40_000) + "\r\n\r\n"))
        .contains(" 431 ")
        .contains("headers-too-large");
    assertThat(server.raw("hello, is anybody there?\r\n\r\n"))
        .contains(" 400 ")
        .contains("application/problem+json");
    assertThat(server.raw("GET /v1/stream/a HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .contains(" 400 ")
        .contains("invalid-target");
  }

  @Test
  void aBodyIsAskedForOnlyWhenItWillBeRead() throws Exception {
    String url = server.create("text/plain", "");
    String head =
        "POST "
            + path(url)
            + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\n";
    try (Socket socket = server.connect()) {
      write(socket, head + "Content-Length: 5\r\n\r\n");
      assertThat(readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 100");
      write(socket, "hello");
      assertThat(readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 204");
    }

    assertThat(server.raw(head + "Content-Length: 999999\r\n\r\n"))
        .startsWith("HTTP/1.1 413")
        .containsIgnoringCase("connection: close");
    assertThat(
            server.raw(
                head
                    + "Stream-Closed: true\r\nProducer-Id: x\r\n"
                    + "Content-Length: 5"
                    + "\r\n\r\n"))
        .contains(" 400 ")
        .containsIgnoringCase("connection: close");
    assertThat(server.get(url).body()).isEqualTo("hello");
  }

  @Test
  void aRefusedRequestKeepsItsConnectionOnlyWhenItsBodyIsShort() throws Exception {
    String put = "PUT /v1/stream/a HTTP/1.1\r\nHost: x\r\nStream-TTL: never\r\nContent-Length: ";
    String answers = server.raw(put + "3\r\n\r\nabc" + "GET /health" + CLOSE);
    assertThat(answers).contains(" 400 ").contains("HTTP/1.1 200");

    assertThat(server.raw(put + "90000\r\n\r\n"))
        .contains(" 400 ")
        .containsIgnoringCase("connection: close");
  }

  @Test
  void anAnswerToATooLongBodyArrivesThoughTheClientGoesOnSending() throws Exception {
    String url = server.create("text/plain", "");
    try (Socket socket = server.connect()) {
      write(
          socket,
          "POST "
              + path(url)
              + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n");
      String chunk = Integer.toHexString(50_000) + "\r\n" + "x".repeat(50_000) + "\r\n";
      try {
        for (int i = 0; i < 200; i++) {
          write(socket, chunk);
        }
      } catch (SocketException closed) {
        assertThat(closed).isNotNull();
      }
      assertThat(readUntil(socket, "\r\n\r\n")).startsWith("HTTP/1.1 413");
    }
    assertThat(server.get(url).body()).isEmpty();
  }

  @Test
  void aBodyThatIsLongerThanItsLengthIsTheNextRequest() throws Exception {
    String url = server.create("text/plain", "");
    String answers =
        server.raw(
            "POST "
                + path(url)
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n"
                + "abGET "
                + path(url)
                + CLOSE);

    assertThat(answers).startsWith("HTTP/1.1 204").endsWith("\r\n\r\nab");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: -1", "Content-Length: 1, 2", "Content-Length: x"})
  void aLengthThatIsNoneIsRefused(String header) throws Exception {
    String url = server.create("text/plain", "");
    String answer =
        server.raw(
            "POST "
                + path(url)
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                + header
                + "\r\n\r\nab");

    assertThat(answer).contains(" 400 ").contains("application/problem+json");
    assertThat(server.get(url).body()).isEmpty();
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    String url = server.create("text/plain", "");
    StringBuilder requests = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      requests
          .append("POST ")
          .append(path(url))
          .append(" HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n")
          .append((char) ('0' + i / 10))
          .append((char) ('0' + i % 10));
    }
    String answers = server.raw(requests + "GET " + path(url) + CLOSE);

    assertThat(answers.split("HTTP/1.1 204", -1)).hasSize(51);
    assertThat(answers).endsWith("4849").contains("00010203");
  }

  @Test
  void acceptsNoCompressedBodies() throws Exception {
    String url = server.create("text/plain", "");

    assertThat(
            server
                .send("POST", url, "x", "Content-Type", "text/plain", "Content-Encoding", "gzip")
                .statusCode())
        .isEqualTo(415);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void http2InTheClearByUpgradeOrAtOnce(boolean upgrade) throws Exception {
    String url = server.create("application/json", "[1,2]");
    Vertx vertx = Vertx.vertx();
    try {
      HttpClient client =
          vertx.createHttpClient(
              new HttpClientOptions()
                  .setProtocolVersion(HttpVersion.HTTP_2)
                  .setHttp2ClearTextUpgrade(upgrade));
      assertThat(exchange(client, HttpMethod.GET, path(url), "")).isEqualTo("HTTP_2 200 [1,\n2]");
      assertThat(exchange(client, HttpMethod.POST, path(url), "3")).startsWith("HTTP_2 204");
      assertThat(exchange(client, HttpMethod.POST, path(url), "4".repeat(100_001)))
          .startsWith("HTTP_2 413");
      assertThat(exchange(client, HttpMethod.POST, path(url), "")).startsWith("HTTP_2 400");
      assertThat(exchange(client, HttpMethod.GET, path(url), ""))
          .isEqualTo("HTTP_2 200 [1,\n2,\n3]");
      server.send("POST", url, "", "Stream-Closed", "true");
      assertThat(exchange(client, HttpMethod.GET, path(url) + "?offset=-1&live=sse", ""))
          .contains("event: data", "streamClosed");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private String exchange(HttpClient client, HttpMethod method, String uri, String body)
      throws Exception {
    return client
        .request(method, server.server().port(), "127.0.0.1", uri)
        .compose(
            request -> {
              request.putHeader("Content-Type", "application/json");
              return request.send(Buffer.buffer(body));
            })
        .compose(
            response ->
                response
                    .body()
                    .map(text -> response.version() + " " + response.statusCode() + " " + text))
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }
}
