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
  private long taken;
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
    String declared = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // The HTTP codec has refused what is not a number.
    if (declared != null && Long.parseLong(declared) > limit) {
      refuse(Answers.tooLarge(limit));
      return;
    }
    if (declared != null && !take(Long.parseLong(declared))) {
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
    if (length + chunk.length() > taken && !take(length + chunk.length() - taken)) {
      return;
    }
    length += chunk.length();
    parts.add(Bytes.wrap(chunk.getBytes()));
  }

  private boolean take(long bytes) {
    if (budget.take(bytes)) {
      taken += bytes;
      return true;
    }
    refuse(Exchange.unavailable("too many bodies are being received; try again"));
    return false;
  }

  /** Answers without reading the rest, which is why the connection can't be used any more. */
  private void refuse(Problem problem) {
    over = true;
    parts.clear();
    exchange.request().pause();
    exchange.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    exchange.onEnd(
        () -> exchange.vertx().runOnContext(next -> exchange.request().connection().close()));
    exchange.answer(problem);
  }

  private void giveBack() {
    budget.give(taken);
    taken = 0;
    parts.clear();
  }
}
