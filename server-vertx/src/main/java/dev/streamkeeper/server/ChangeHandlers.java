package dev.streamkeeper.server;

import dev.streamkeeper.AppendRequest;
import dev.streamkeeper.Content;
import dev.streamkeeper.CreateRequest;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import io.vertx.core.http.HttpHeaders;
import java.util.Optional;
import java.util.function.Consumer;

/** PUT, POST and DELETE of a stream (PROTOCOL 5.1 to 5.4). */
final class ChangeHandlers {

  /** Longer JSON bodies are taken apart on a worker thread. */
  private static final int LONG_BODY = 64 * 1024;

  private final StreamManager streams;
  private final StreamServerOptions options;
  private final Budget budget;

  ChangeHandlers(StreamManager streams, StreamServerOptions options, Budget budget) {
    this.streams = streams;
    this.options = options;
    this.budget = budget;
  }

  void create(Exchange exchange) {
    StreamName name = exchange.streamName();
    StreamHeaders headers = new StreamHeaders(exchange);
    CreateRequest request =
        new CreateRequest(
            headers.contentType(),
            headers.expiry(),
            headers.retention(),
            headers.closed(),
            Bytes.EMPTY,
            headers.fork(),
            Optional.empty());
    readBody(
        exchange,
        body -> {
          // Taking the body apart is part of the call, so a long one makes the call on a worker.
          CreateRequest complete = request.withInitial(body);
          boolean json = request.contentType().map(ContentType::isJson).orElse(false);
          if (json && body.length() > LONG_BODY) {
            exchange.then(
                exchange
                    .onWorker(() -> streams.create(name, complete))
                    .thenCompose(creation -> creation),
                outcome -> Answers.created(exchange, outcome));
          } else {
            exchange.then(
                streams.create(name, complete), outcome -> Answers.created(exchange, outcome));
          }
        });
  }

  void append(Exchange exchange) {
    StreamName name = exchange.streamName();
    StreamHeaders headers = new StreamHeaders(exchange);
    Conditions conditions =
        new Conditions(
            headers.closed(),
            headers.producer(),
            headers.seq(),
            headers.ifMatch(),
            headers.ifStreamId());
    readBody(
        exchange,
        body -> {
          if (body.isEmpty()) {
            // What a request without a body says of its type does not matter (PROTOCOL 5.2).
            submit(exchange, name, conditions.with(Content.of(ContentType.OCTET_STREAM, body)));
            return;
          }
          ContentType type =
              headers
                  .contentType()
                  .orElseThrow(
                      () ->
                          new Problem.Found(
                              Problem.badRequest(
                                  "missing-content-type",
                                  "an append with a body has the Content-Type of its stream")));
          if (type.isJson() && body.length() > LONG_BODY) {
            exchange.then(
                exchange.onWorker(() -> Content.of(type, body)),
                content -> submit(exchange, name, conditions.with(content)));
          } else {
            submit(exchange, name, conditions.with(Content.of(type, body)));
          }
        });
  }

  /** The parts of an append that come from headers. */
  private record Conditions(
      boolean close,
      Optional<ProducerStamp> producer,
      Optional<String> seq,
      Optional<Offset> ifTail,
      Optional<StreamId> ifId) {

    AppendRequest with(Content content) {
      try {
        return new AppendRequest(content, close, producer, seq, ifTail, ifId);
      } catch (IllegalArgumentException e) {
        throw new Problem.Found(Problem.badRequest("invalid-seq", Problem.detailOf(e)));
      }
    }
  }

  private void submit(Exchange exchange, StreamName name, AppendRequest request) {
    exchange.then(streams.append(name, request), outcome -> Answers.appended(exchange, outcome));
  }

  void delete(Exchange exchange) {
    exchange.then(
        streams.delete(exchange.streamName(), new StreamHeaders(exchange).ifStreamId()),
        outcome -> Answers.deleted(exchange, outcome));
  }

  private void readBody(Exchange exchange, Consumer<Bytes> next) {
    String coding = exchange.header(HttpHeaders.CONTENT_ENCODING).strip();
    if (!coding.isEmpty() && !coding.equalsIgnoreCase("identity")) {
      throw new Problem.Found(
          Problem.of(
                  415,
                  "unsupported-content-coding",
                  "The body is in a coding that is not understood here",
                  "send it as it is, without Content-Encoding: " + coding)
              .header(HttpHeaders.ACCEPT_ENCODING, "identity"));
    }
    new BodyReader(exchange, options.maxAppendBytes(), budget).read(next);
  }
}
