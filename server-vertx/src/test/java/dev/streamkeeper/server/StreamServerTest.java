package dev.streamkeeper.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamServerTest extends HttpTest {

  @Test
  void aStreamIsCreatedAppendedToReadAndDeleted() throws Exception {
    String url = create("text/plain", "hello ");
    HttpResponse<String> appended = append(url, "text/plain", "world");
    assertThat(appended.statusCode()).isEqualTo(204);

    HttpResponse<String> read = get(url);
    assertThat(read.body()).isEqualTo("hello world");
    assertThat(header(read, "Stream-Next-Offset"))
        .isEqualTo(header(appended, "Stream-Next-Offset"));
    assertThat(header(read, "Stream-Up-To-Date")).isEqualTo("true");
    assertThat(header(read, "Cache-Control"))
        .isEqualTo("public, max-age=60, stale-while-revalidate=300");

    assertThat(send("DELETE", url, "").statusCode()).isEqualTo(204);
    assertProblem(get(url), 404, "stream-not-found");
  }

  @Test
  void pagesEndAtMessageBoundariesAlsoAcrossAFork() throws Exception {
    String url = create("application/json", "");
    for (int i = 0; i < 20; i++) {
      append(url, "application/json", "{\"n\":" + i + ",\"pad\":\"" + "x".repeat(1000) + "\"}");
    }
    String fork = unique();
    send("PUT", fork, "", "Stream-Forked-From", path(url));
    append(fork, "application/json", "{\"n\":20,\"pad\":\"" + "x".repeat(9000) + "\"}");

    int messages = 0;
    int pages = 0;
    String offset = "-1";
    HttpResponse<String> page;
    do {
      page = get(fork + "?offset=" + offset);
      assertThat(page.statusCode()).isEqualTo(200);
      assertThat(page.body()).startsWith("[{").endsWith("}]");
      messages += page.body().split("\"n\":").length - 1;
      pages++;
      offset = header(page, "Stream-Next-Offset");
    } while (header(page, "Stream-Up-To-Date").isEmpty());

    assertThat(messages).isEqualTo(21);
    assertThat(pages).isGreaterThan(5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "offset=1                   | invalid-offset",
        "offset=                    | invalid-offset",
        "offset=-1&offset=-1        | duplicate-parameter",
        "live=sse                   | missing-offset",
        "live=long-poll             | missing-offset",
        "offset=-1&live=maybe       | invalid-live",
        "last=0                     | invalid-last",
        "last=2&offset=-1           | invalid-last",
        "offset=0000000000000000_0000000000000999 | offset-beyond-tail",
        "offset=9999999999999999_9999999999999999 | offset-beyond-tail",
      })
  void malformedReadsSayWhatIsWrong(String query, String type) throws Exception {
    assertProblem(get(create("text/plain", "data") + "?" + query), 400, type);
  }

  @Test
  void anOffsetWithinAJsonMessageIsRefused() throws Exception {
    String url = create("application/json", "[{\"a\":1},2]");
    assertProblem(get(url + "?offset=0000000000000000_0000000000000003"), 400, "invalid-offset");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Stream-TTL              | 01          | invalid-expiry",
        "Stream-TTL              | -5          | invalid-expiry",
        "Stream-Expires-At       | tomorrow    | invalid-expiry",
        "Stream-Expires-At       | 2030-02-30T00:00:00Z | invalid-expiry",
        "Stream-Fork-Offset      | now         | invalid-fork-offset",
        "Stream-Retention        | max-age=-1  | invalid-retention",
        "Stream-Retention        | forever     | invalid-retention",
        "Stream-Forked-From      | /elsewhere  | invalid-fork-source",
        "Content-Type            | nonsense    | invalid-content-type",
      })
  void malformedCreationsSayWhatIsWrong(String header, String value, String type) throws Exception {
    assertProblem(send("PUT", unique(), "", header, value), 400, type);
  }

  @Test
  void jsonThatIsNoJsonSaysWhereItBreaks() throws Exception {
    String url = create("application/json", "");
    HttpResponse<String> refused = append(url, "application/json", "{\"a\": 1,\n  oops}");

    assertProblem(refused, 400, "invalid-json");
    assertThat(refused.body()).contains("\"line\":2").contains("\"column\":3");
    assertThat(get(url).body()).isEqualTo("[]");
  }

  @Test
  void closureComesBeforeEveryOtherConflict() throws Exception {
    String url = create("application/json", "[1]", "Stream-Closed", "TRUE");
    HttpResponse<String> refused = append(url, "text/plain", "x");

    assertProblem(refused, 409, "stream-closed");
    assertThat(header(refused, "Stream-Closed")).isEqualTo("true");
    assertThat(header(refused, "Stream-Next-Offset")).isEqualTo(ZERO.substring(0, 32) + "3");
    assertProblem(append(create("text/plain", ""), "text/html", "x"), 409, "content-type-mismatch");
  }

  @Test
  void producersAreFencedAndGapsReported() throws Exception {
    String url = create("text/plain", "");
    assertThat(produce(url, "p", 1, 0).statusCode()).isEqualTo(200);
    assertThat(produce(url, "p", 1, 0).statusCode()).isEqualTo(204);
    HttpResponse<String> gap = produce(url, "p", 1, 5);
    assertProblem(gap, 409, "producer-gap");
    assertThat(header(gap, "Producer-Expected-Seq")).isEqualTo("1");
    assertThat(header(gap, "Producer-Received-Seq")).isEqualTo("5");
    HttpResponse<String> fenced = produce(url, "p", 0, 1);
    assertProblem(fenced, 403, "producer-fenced");
    assertThat(header(fenced, "Producer-Epoch")).isEqualTo("1");
    assertProblem(produce(url, "p", 2, 3), 400, "invalid-producer");
    assertProblem(
        send("POST", url, "x", "Content-Type", "text/plain", "Producer-Id", "p"),
        400,
        "invalid-producer");
    assertThat(get(url).body()).isEqualTo("x");
  }

  private HttpResponse<String> produce(String url, String id, long epoch, long seq)
      throws Exception {
    return send(
        "POST",
        url,
        "x",
        "Content-Type",
        "text/plain",
        "Producer-Id",
        id,
        "Producer-Epoch",
        Long.toString(epoch),
        "Producer-Seq",
        Long.toString(seq));
  }

  // ---- bodies
  // ------------------------------------------------------------------------------------

  @Test
  void aBodyThatIsDeclaredTooLargeIsRefusedWithoutReadingIt() throws Exception {
    String url = create("text/plain", "");
    String answer =
        raw(
            "POST "
                + path(url)
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                + "Content-Length: 999999999\r\n\r\n");

    assertThat(answer).startsWith("HTTP/1.1 413").contains("body-too-large");
  }

  @Test
  void aChunkedBodyIsRefusedAsSoonAsItIsTooLarge() throws Exception {
    String url = create("text/plain", "");
    String chunk = Integer.toHexString(60_000) + "\r\n" + "x".repeat(60_000) + "\r\n";
    String answer =
        raw(
            "POST "
                + path(url)
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + chunk
                + chunk);

    assertThat(answer).startsWith("HTTP/1.1 413");
    assertThat(get(url).body()).isEmpty();
  }

  @Test
  void anAppendThatIsAbortedMidwayLeavesNothing() throws Exception {
    String url = create("text/plain", "");
    URI target = URI.create(url);
    try (Socket socket = new Socket(target.getHost(), target.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + target.getRawPath()
                      + " HTTP/1.1\r\nHost: x\r\n"
                      + "Content-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf of it")
                  .getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
    }
    append(url, "text/plain", "whole");

    assertThat(get(url).body()).isEqualTo("whole");
  }

  @Test
  void chunkedBodiesArePipelinedAndKeptAlive() throws Exception {
    String url = create("text/plain", "");
    String post =
        "POST "
            + path(url)
            + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    String answer =
        raw(post + post + "GET " + path(url) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assertThat(answer.split("HTTP/1.1 204", -1)).hasSize(3);
    assertThat(answer).endsWith("abcabc");
  }

  @Test
  void aLongJsonBodyIsTakenApartAwayFromTheEventLoop() throws Exception {
    StringBuilder body = new StringBuilder("[0");
    for (int i = 1; body.length() < 90_000; i++) {
      body.append(',').append(i);
    }
    String url = create("application/json", body.append(']').toString());
    assertThat(append(url, "application/json", body.toString()).statusCode()).isEqualTo(204);
  }

  // ---- names
  // -------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"a%20b", "%E6%97%A5/%C3%A9", "a%2Fb", "a+b", "%25", "...", "x/__ds"})
  void namesGoRoundTrip(String encoded) throws Exception {
    String url = server().url() + "/" + encoded;
    HttpResponse<String> created = send("PUT", url, "x", "Content-Type", "text/plain");

    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(header(created, "Location")).isEqualTo(url);
    assertThat(get(url).body()).isEqualTo("x");
  }

  @ParameterizedTest
  @CsvSource({
    "/a/../b, 400, invalid-name",
    "/%2e%2e/b, 404, no-such-path",
    "/a//b, 400, invalid-name",
    "/a/, 400, invalid-name",
    "/%ff, 400, invalid-name",
    "/%zz, 400, invalid-name",
    "/%00, 400, invalid-name",
    "/__ds/subscriptions/x, 404, reserved-name",
  })
  void namesThatWouldMisleadAreRefused(String path, int status, String type) throws Exception {
    String answer =
        raw(
            "PUT /v1/stream"
                + path
                + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                + "Connection: close\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 " + status).contains(type);
  }

  // ---- live
  // --------------------------------------------------------------------------------------

  @Test
  void aLongPollWaitsForTheNextAppendOrItsTime() throws Exception {
    String url = create("text/plain", "x");
    HttpResponse<String> empty = get(url + "?offset=now&live=long-poll");
    assertThat(empty.statusCode()).isEqualTo(204);
    assertThat(header(empty, "Stream-Up-To-Date")).isEqualTo("true");
    assertThat(header(empty, "Stream-Cursor")).isNotEmpty();

    CompletableFuture<HttpResponse<String>> waiting =
        getAsync(url + "?offset=" + header(empty, "Stream-Next-Offset") + "&live=long-poll");
    append(url, "text/plain", "news");
    assertThat(waiting.get(10, TimeUnit.SECONDS).body()).isEqualTo("news");
  }

  private static CompletableFuture<HttpResponse<String>> getAsync(String url) {
    return HttpClient.newHttpClient()
        .sendAsync(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
  }

  @Test
  void anSseReaderGetsWhatIsThereWhatComesAndTheEnd() throws Exception {
    String url = create("application/json", "[1,2]");
    CompletableFuture<HttpResponse<String>> reader = getAsync(url + "?offset=-1&live=sse");
    send("POST", url, "[3]", "Content-Type", "application/json", "Stream-Closed", "true");
    HttpResponse<String> events = reader.get(10, TimeUnit.SECONDS);

    assertThat(header(events, "Content-Type")).isEqualTo("text/event-stream");
    assertThat(events.body()).contains("\"streamClosed\":true");
    String data =
        events.body().replaceAll("(?m)^(event|:|data:\\{\"stream).*\n", "").replaceAll("\\s", "");
    assertThat(data.replaceAll("data:", "")).isIn("[1,2][3]", "[1,2,3]");
  }

  @Test
  void anSseConnectionIsKeptAliveByCommentsAndEndsInTime() throws Exception {
    String url = create("text/plain", "");
    String answer = getAsync(url + "?offset=-1&live=sse").get(20, TimeUnit.SECONDS).body();

    assertThat(answer).contains(": keep-alive\n\n").contains("\"upToDate\":true");
  }

  @Test
  void textInEventsCanNeverPoseAsAnEventOrLoseACharacter() throws Exception {
    String text = " a\r\n\r\nevent: control\rdata: {}\n\nö";
    String url = create("text/plain", text);
    byte[] euro = "€".getBytes(StandardCharsets.UTF_8);
    sendBytes(url, new byte[] {euro[0]});
    CompletableFuture<HttpResponse<String>> reader = getAsync(url + "?offset=-1&live=sse");
    sendBytes(url, new byte[] {euro[1], euro[2]});
    send("POST", url, "", "Stream-Closed", "true");
    String events = reader.get(10, TimeUnit.SECONDS).body();

    assertThat(events).contains("data:  a\ndata:\ndata:event: control\ndata:data: {}\ndata:\n");
    assertThat(events).contains("€").doesNotContain("\uFFFD");
  }

  private static void sendBytes(String url, byte[] body) throws Exception {
    HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build(),
            BodyHandlers.discarding());
  }

  @Test
  void aLiveReaderIsEndedWhenItsStreamIsDeleted() throws Exception {
    String url = create("text/plain", "x");
    CompletableFuture<HttpResponse<String>> sse = getAsync(url + "?offset=-1&live=sse");
    CompletableFuture<HttpResponse<String>> poll = getAsync(url + "?offset=now&live=long-poll");
    send("DELETE", url, "");

    assertThat(sse.get(10, TimeUnit.SECONDS).body()).doesNotContain("streamClosed");
    assertThat(poll.get(10, TimeUnit.SECONDS).statusCode()).isIn(204, 404);
  }

  // ---- caching, compression, HTTP/2
  // --------------------------------------------------------------

  @Test
  void anEntityTagVariesWithClosureAndAnswers304() throws Exception {
    String url = create("text/plain", "x");
    String open = header(get(url), "ETag");
    assertThat(get(url, "If-None-Match", open).statusCode()).isEqualTo(304);
    send("POST", url, "", "Stream-Closed", "true");
    HttpResponse<String> closed = get(url, "If-None-Match", open);

    assertThat(closed.statusCode()).isEqualTo(200);
    assertThat(header(closed, "ETag")).isNotEqualTo(open).endsWith(":c\"");
    assertThat(header(get(url + "?offset=now"), "ETag")).isEmpty();
  }

  @Test
  void longTextIsCompressedAndEventsAndBinaryAreNot() throws Exception {
    String text = create("text/plain", "compress me ".repeat(300));
    String binary = create("application/octet-stream", "x".repeat(3000));
    HttpResponse<String> compressed = get(text, "Accept-Encoding", "gzip");

    assertThat(header(compressed, "Content-Encoding")).isEqualTo("gzip");
    assertThat(header(compressed, "Vary").toLowerCase(Locale.ROOT)).contains("accept-encoding");
    assertThat(header(compressed, "ETag")).startsWith("W/");
    assertThat(get(text).body()).hasSize(3600);
    assertThat(header(get(binary, "Accept-Encoding", "gzip"), "Content-Encoding"))
        .isNotEqualTo("gzip");
    send("POST", text, "", "Stream-Closed", "true");
    assertThat(
            header(
                get(text + "?offset=-1&live=sse", "Accept-Encoding", "gzip"), "Content-Encoding"))
        .isNotEqualTo("gzip");
  }

  @Test
  void itSpeaksHttp2OverCleartext() throws Exception {
    String url = create("text/plain", "x");
    HttpResponse<String> answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_2)
            .build()
            .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());

    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
    assertThat(answer.body()).isEqualTo("x");
  }

  @Test
  void otherMethodsAndPathsAreProblemsAndPreflightsAreAnswered() throws Exception {
    HttpResponse<String> patch = send("PATCH", unique(), "x");
    assertProblem(patch, 405, "method-not-allowed");
    assertThat(header(patch, "Allow")).contains("PUT");
    assertProblem(get(server().url().replace("/v1/stream", "/v2")), 404, "no-such-path");
    HttpResponse<String> preflight = send("OPTIONS", unique(), "");
    assertThat(preflight.statusCode()).isEqualTo(204);
    assertThat(header(preflight, "Access-Control-Allow-Headers")).contains("If-None-Match");
    assertThat(get(server().url().replace("/v1/stream", "/health")).statusCode()).isEqualTo(200);
  }

  // ---- extensions
  // --------------------------------------------------------------------------------

  @Test
  void streamsAreListedByPrefixPageByPage() throws Exception {
    for (String name : new String[] {"list/a", "list/b", "list/c", "other"}) {
      send("PUT", server().url() + "/" + name, "", "Content-Type", "text/plain");
    }
    String first = get(server().url() + "/?prefix=list/&limit=2").body();
    String second = get(server().url() + "/?prefix=list/&limit=2&after=list/b").body();

    assertThat(first).contains("\"list/a\"", "\"list/b\"", "\"next\":\"list/b\"");
    assertThat(second).contains("\"list/c\"").doesNotContain("next", "other");
    assertProblem(get(server().url() + "/?limit=1001"), 400, "invalid-limit");
  }

  @Test
  void aConditionalAppendIsRefusedWhenTheTailMoved() throws Exception {
    String url = create("text/plain", "x");
    String tail = header(get(url), "Stream-Next-Offset");
    String[] ifMatch = {"Content-Type", "text/plain", "If-Match", "\"" + tail + "\""};
    assertThat(send("POST", url, "y", ifMatch).statusCode()).isEqualTo(204);
    HttpResponse<String> refused = send("POST", url, "z", ifMatch);

    assertProblem(refused, 412, "tail-moved");
    assertThat(header(refused, "Stream-Next-Offset"))
        .isEqualTo(header(get(url), "Stream-Next-Offset"));
    assertProblem(
        send("POST", url, "z", "Content-Type", "text/plain", "If-Match", tail),
        400,
        "invalid-if-match");
  }

  @Test
  void theLastMessagesCanBeAskedForAlsoLive() throws Exception {
    String url = create("application/json", "[1,2,3,4,5]");
    assertThat(get(url + "?last=2").body()).isEqualTo("[4,\n5]");
    assertThat(get(url + "?last=99").body()).isEqualTo("[1,\n2,\n3,\n4,\n5]");
    assertThat(get(url + "?last=1&live=long-poll").body()).isEqualTo("[5]");
    send("POST", url, "", "Stream-Closed", "true");
    assertThat(get(url + "?last=1&live=sse").body()).contains("data:5").doesNotContain("data:4");
    assertThat(get(create("text/plain", "abcdef") + "?last=2").body()).isEqualTo("ef");
  }

  @Test
  void anotherIncarnationIsToldFromTheFormerOne() throws Exception {
    String url = create("text/plain", "former");
    String former = header(get(url), "Stream-Id");
    send("DELETE", url, "");
    send("PUT", url, "other", "Content-Type", "text/plain");
    String current = header(get(url), "Stream-Id");

    assertThat(current).isNotEqualTo(former);
    HttpResponse<String> refused = get(url, "If-Stream-Id", former);
    assertProblem(refused, 412, "stream-replaced");
    assertThat(header(refused, "Stream-Id")).isEqualTo(current);
    assertProblem(send("DELETE", url, "", "If-Stream-Id", former), 412, "stream-replaced");
    assertThat(get(url, "If-Stream-Id", current).body()).isEqualTo("other");
  }

  @Test
  void whatRetentionDroppedIsGoneAndSaysWhereTheStreamBegins() throws Exception {
    String url = create("application/json", "", "Stream-Retention", "max-messages=3");
    for (int i = 0; i < 10; i++) {
      append(url, "application/json", Integer.toString(i));
    }
    HttpResponse<String> gone = get(url + "?offset=" + ZERO);

    assertProblem(gone, 410, "offset-dropped");
    assertThat(get(url + "?offset=" + header(gone, "Stream-Earliest-Offset")).body())
        .isEqualTo("[7,\n8,\n9]");
    assertThat(get(url + "?offset=-1").body()).isEqualTo("[7,\n8,\n9]");
    assertThat(header(send("HEAD", url, ""), "Stream-Retention")).isEqualTo("max-messages=3");
  }

  // ---- stopping
  // ----------------------------------------------------------------------------------

  @Test
  void stoppingEndsLiveReadersSoThatTheyReconnect() throws Exception {
    String url = create("text/plain", "x");
    HttpResponse<InputStream> sse =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url + "?offset=-1&live=sse")).build(),
                BodyHandlers.ofInputStream());
    server().stop().get(10, TimeUnit.SECONDS);

    // Ended in order, not cut: otherwise reading on would fail.
    assertThat(new String(sse.body().readAllBytes(), StandardCharsets.UTF_8))
        .contains("data:x")
        .doesNotContain("streamClosed");
    assertThat(connects()).isFalse();
  }

  private boolean connects() {
    URI target = URI.create(server().url());
    try (Socket socket = new Socket(target.getHost(), target.getPort())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
