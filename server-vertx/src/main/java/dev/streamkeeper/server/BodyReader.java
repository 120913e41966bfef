package dev.streamkeeper.server;

import dev.streamkeeper.stream.Bytes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads one request's body into memory and decides while reading when it is too long. Belongs to
 * the request's event loop. The budget it took is given back when the answer is sent or the
 * connection is gone.
 */
final class BodyReader {

  private final Exchange exchange;
  private final int limit;
  private final Budget budget;
  private final List<Bytes> parts = new ArrayList<>();
  private int length;
  private boolean over;

  BodyReader(Exchange exchange, int limit, Budget budget) {
    this.exchange = exchange;
    this.limit = limit;
    this.budget = budget;
  }

  /** Passes the whole body on, unless the request ends before it or is refused. */
  void read(Consumer<Bytes> next) {
    HttpServerRequest request = exchange.request();
    exchange.onEnd(this::giveBack);
    if (request.isEnded()) {
      next.accept(exchange.bodyReadBefore());
      return;
    }
    String declared = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // The HTTP codec has refused what is not a number.
    if (declared != null && Long.parseLong(declared) > limit) {
      refuse(Answers.tooLarge(limit));
      return;
    }
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      exchange.response().writeContinue();
    }
    request.exceptionHandler(failure -> over = true);
    request.handler(this::add);
    request.endHandler(
        ended -> {
          if (!over) {
            over = true;
            exchange.guard(() -> next.accept(Bytes.concat(parts)));
          }
        });
    request.resume();
  }

  private void add(Buffer chunk) {
    if (over) {
      return;
    }
    if (chunk.length() > limit - length) {
      refuse(Answers.tooLarge(limit));
      return;
    }
    // Taken as it comes: what a client announces and never sends must not keep others out.
    if (!budget.take(chunk.length())) {
      refuse(Exchange.unavailable("too many bodies are being received; try again"));
      return;
    }
    length += chunk.length();
    parts.add(Bytes.wrap(chunk.getBytes()));
  }

  /** Answers without reading the rest, which is why the connection can't be used any more. */
  private void refuse(Problem problem) {
    over = true;
    parts.clear();
    exchange.request().pause();
    exchange.closeAfterwards();
    exchange.answer(problem);
  }

  private void giveBack() {
    over = true;
    budget.give(length);
    length = 0;
    parts.clear();
  }
}
