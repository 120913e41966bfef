package dev.streamkeeper.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real server with data on disk, killed in the middle of appends. */
class CrashIT {

  private static final int PRODUCERS = 4;
  private static final int KILLS = 5;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @TempDir Path temp;

  /** A producer that goes on where it was told it got, whatever happens to the server. */
  private final class Producer {
    final int number;
    long acknowledged = -1;

    Producer(int number) {
      this.number = number;
    }

    String stream(String base) {
      return base + "/crash/" + number % 2;
    }

    String message(long seq) {
      return "{\"p\":" + number + ",\"n\":" + seq + "}";
    }

    void run(String base, AtomicLong total) {
      while (true) {
        long seq = acknowledged + 1;
        try {
          HttpResponse<String> answer =
              send(
                  "POST",
                  stream(base),
                  message(seq),
                  "Content-Type",
                  "application/json",
                  "Producer-Id",
                  "p" + number,
                  "Producer-Epoch",
                  "0",
                  "Producer-Seq",
                  Long.toString(seq));
          assertThat(answer.statusCode()).as(answer.body()).isIn(200, 204);
        } catch (IOException e) {
          return;
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        acknowledged = seq;
        total.incrementAndGet();
      }
    }
  }

  @Test
  void whatWasAcknowledgedIsThereOnceAndInOrderAfterEachKill() throws Exception {
    Random random = new Random(42);
    List<Producer> producers = new ArrayList<>();
    for (int i = 0; i < PRODUCERS; i++) {
      producers.add(new Producer(i));
    }
    for (int kill = 0; kill < KILLS; kill++) {
      try (ServerProcess server = start(kill)) {
        prepare(server.url(), kill);
        AtomicLong total = new AtomicLong();
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (Producer producer : producers) {
          running.add(CompletableFuture.runAsync(() -> producer.run(server.url(), total)));
        }
        long enough = 20L + random.nextInt(400);
        while (total.get() < enough) {
          Thread.onSpinWait();
        }
        server.kill();
        running.forEach(CompletableFuture::join);
      }
      try (ServerProcess server = start(kill)) {
        check(server.url(), producers, kill);
        assertThat(server.terminate()).isZero();
      }
    }
  }

  private ServerProcess start(int kill) throws Exception {
    return ServerProcess.start("lmdb", temp.resolve("data"), temp.resolve("log" + kill));
  }

  /** Each round closes a stream and forks another, which must hold after the kill. */
  private void prepare(String base, int round) throws Exception {
    for (int i = 0; i < 2; i++) {
      int status =
          send("PUT", base + "/crash/" + i, "", "Content-Type", "application/json").statusCode();
      assertThat(status).isEqualTo(round == 0 ? 201 : 200);
    }
    String closed = base + "/closed/" + round;
    assertThat(send("PUT", closed, "[1]", "Content-Type", "application/json").statusCode())
        .isEqualTo(201);
    assertThat(
            send("POST", closed, "2", "Content-Type", "application/json", "Stream-Closed", "true")
                .statusCode())
        .isEqualTo(204);
    String source = URI.create(closed).getRawPath();
    assertThat(send("PUT", base + "/fork/" + round, "", "Stream-Forked-From", source).statusCode())
        .isEqualTo(201);
    assertThat(send("DELETE", closed, "").statusCode()).isEqualTo(204);
  }

  private void check(String base, List<Producer> producers, int round) throws Exception {
    List<String> messages = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      messages.addAll(readAll(base + "/crash/" + i));
    }
    for (Producer producer : producers) {
      List<String> own =
          messages.stream()
              .filter(message -> message.startsWith("{\"p\":" + producer.number + ","))
              .toList();
      // One more than was acknowledged may have arrived.
      assertThat((long) own.size()).isBetween(producer.acknowledged + 1, producer.acknowledged + 2);
      for (int seq = 0; seq < own.size(); seq++) {
        assertThat(own.get(seq)).isEqualTo(producer.message(seq));
      }
    }
    for (int i = 0; i <= round; i++) {
      assertThat(send("HEAD", base + "/closed/" + i, "").statusCode()).isEqualTo(410);
      assertThat(send("GET", base + "/fork/" + i, "").body()).isEqualTo("[1,\n2]");
    }
  }

  private List<String> readAll(String url) throws Exception {
    List<String> messages = new ArrayList<>();
    String offset = "-1";
    HttpResponse<String> page;
    do {
      page = send("GET", url + "?offset=" + offset, "");
      assertThat(page.statusCode()).isEqualTo(200);
      String body = page.body().substring(1, page.body().length() - 1);
      if (!body.isEmpty()) {
        messages.addAll(List.of(body.split(",\n")));
      }
      offset = page.headers().firstValue("Stream-Next-Offset").orElseThrow();
    } while (page.headers().firstValue("Stream-Up-To-Date").isEmpty());
    return messages;
  }

  private HttpResponse<String> send(String method, String url, String body, String... headers)
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
}
