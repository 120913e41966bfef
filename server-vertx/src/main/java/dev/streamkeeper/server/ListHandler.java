package dev.streamkeeper.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.streamkeeper.StreamInfo;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.StreamPage;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Our extension: GET of the mount path lists streams. */
final class ListHandler {

  private static final int DEFAULT_LIMIT = 100;
  private static final int MAX_LIMIT = 1000;
  private static final JsonFactory JSON = new JsonFactory();

  private final StreamManager streams;

  ListHandler(StreamManager streams) {
    this.streams = streams;
  }

  void list(Exchange exchange) {
    MultiMap params = exchange.query();
    int limit = ReadQuery.single(params, "limit").map(ListHandler::limit).orElse(DEFAULT_LIMIT);
    exchange.then(
        streams.list(
            ReadQuery.single(params, "prefix").orElse(""),
            ReadQuery.single(params, "after").orElse(""),
            limit),
        page -> {
          exchange
              .response()
              .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
              .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE);
          exchange.end(Buffer.buffer(toJson(page)));
        });
  }

  private static int limit(String value) {
    if (value.matches("[1-9][0-9]{0,3}") && Integer.parseInt(value) <= MAX_LIMIT) {
      return Integer.parseInt(value);
    }
    throw ReadQuery.invalid(
        "invalid-limit", "'limit' is a number from 1 to " + MAX_LIMIT + ": " + value);
  }

  private static byte[] toJson(StreamPage page) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeArrayFieldStart("streams");
      for (StreamInfo info : page.streams()) {
        json.writeStartObject();
        json.writeStringField("name", info.name().value());
        json.writeStringField("id", info.id().toString());
        json.writeStringField("contentType", info.contentType().value());
        json.writeStringField("tail", info.tail().toString());
        json.writeBooleanField("closed", info.closed());
        if (info.expiresAt().isPresent()) {
          json.writeStringField("expiresAt", info.expiresAt().get().toString());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      if (page.next().isPresent()) {
        json.writeStringField("next", page.next().get().value());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to an array can't fail", e);
    }
    return out.toByteArray();
  }
}
