package dev.streamkeeper.server;

import dev.streamkeeper.ForkPoint;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamId;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads request headers, strictly: what is not as the protocol says is a problem. */
final class StreamHeaders {

  private static final Pattern DATE_TIME =
      Pattern.compile(
          "\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})");
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,17}");
  private static final Pattern LIMIT = Pattern.compile("([a-z-]+)=([1-9][0-9]{0,17})");

  private final MultiMap headers;
  private final Exchange exchange;

  StreamHeaders(Exchange exchange) {
    this.exchange = exchange;
    this.headers = exchange.request().headers();
  }

  /** The single value of a header; several are a problem. */
  private Optional<String> single(CharSequence name) {
    List<String> values = headers.getAll(name);
    if (values.size() > 1) {
      throw invalid("duplicate-header", name + " is given once, not " + values.size() + " times");
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
  }

  Optional<ContentType> contentType() {
    return single(HttpHeaders.CONTENT_TYPE)
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .map(
            value -> {
              try {
                return new ContentType(value);
              } catch (IllegalArgumentException e) {
                throw invalid("invalid-content-type", Problem.detailOf(e));
              }
            });
  }

  /** Present only when it is exactly "true", whatever the case (PROTOCOL 4.1). */
  boolean closed() {
    String value = headers.get(Names.STREAM_CLOSED);
    return value != null && value.strip().equalsIgnoreCase("true");
  }

  /** PROTOCOL 5.1: a time-to-live or a deadline, not both. */
  Optional<Expiry> expiry() {
    Optional<String> ttl = single(Names.STREAM_TTL);
    Optional<String> deadline = single(Names.STREAM_EXPIRES_AT);
    if (ttl.isPresent() && deadline.isPresent()) {
      throw invalid("invalid-expiry", "give Stream-TTL or Stream-Expires-At, not both");
    }
    if (ttl.isPresent()) {
      long seconds =
          number(
              ttl.get(),
              Expiry.Ttl.MAX_SECONDS,
              "invalid-expiry",
              "Stream-TTL is a whole number of seconds without sign or leading zeros, at most "
                  + Expiry.Ttl.MAX_SECONDS);
      return Optional.of(new Expiry.Ttl(Duration.ofSeconds(seconds)));
    }
    return deadline.map(value -> new Expiry.At(instant(value)));
  }

  private static Instant instant(String value) {
    try {
      if (DATE_TIME.matcher(value).matches()) {
        // RFC 3339 allows lower case where ISO 8601 does not.
        return OffsetDateTime.parse(value.replace('t', 'T').replace('z', 'Z'))
            .toInstant()
            .truncatedTo(ChronoUnit.MILLIS);
      }
    } catch (DateTimeException e) {
      // Reported below, like what has another form altogether.
    }
    throw invalid(
        "invalid-expiry",
        "Stream-Expires-At is an RFC 3339 date and time with a zone, such as 2030-01-31T12:00:00Z: "
            + value);
  }

  /** Our extension: {@code Stream-Retention: max-age=60, max-messages=1000, max-bytes=65536}. */
  Optional<Retention> retention() {
    return single(Names.STREAM_RETENTION).map(StreamHeaders::parseRetention);
  }

  private static Retention parseRetention(String value) {
    Optional<Duration> age = Optional.empty();
    OptionalLong messages = OptionalLong.empty();
    OptionalLong bytes = OptionalLong.empty();
    for (String part : value.split(",", -1)) {
      Matcher limit = LIMIT.matcher(part.strip());
      String name = limit.matches() ? limit.group(1) : "";
      if (name.equals("max-age") && age.isEmpty()) {
        age = Optional.of(Duration.ofSeconds(Math.min(number(limit), Expiry.Ttl.MAX_SECONDS)));
      } else if (name.equals("max-messages") && messages.isEmpty()) {
        messages = OptionalLong.of(number(limit));
      } else if (name.equals("max-bytes") && bytes.isEmpty()) {
        bytes = OptionalLong.of(number(limit));
      } else {
        throw invalid(
            "invalid-retention",
            "Stream-Retention is a list of max-age=<seconds>, max-messages=<count> and"
                + " max-bytes=<bytes>, each at most once and positive: "
                + value);
      }
    }
    return new Retention(age, messages, bytes);
  }

  private static long number(Matcher limit) {
    return Long.parseLong(limit.group(2));
  }

  static String format(Retention retention) {
    StringBuilder text = new StringBuilder();
    retention.maxAge().ifPresent(age -> text.append("max-age=").append(age.toSeconds()));
    retention.maxMessages().ifPresent(n -> separate(text).append("max-messages=").append(n));
    retention.maxBytes().ifPresent(n -> separate(text).append("max-bytes=").append(n));
    return text.toString();
  }

  private static StringBuilder separate(StringBuilder text) {
    return text.isEmpty() ? text : text.append(", ");
  }

  /** PROTOCOL 4.2. */
  Optional<ForkPoint> fork() {
    Optional<String> source = single(Names.STREAM_FORKED_FROM);
    Optional<String> offset = single(Names.STREAM_FORK_OFFSET);
    Optional<String> subOffset = single(Names.STREAM_FORK_SUB_OFFSET);
    if (source.isEmpty()) {
      if (offset.isPresent() || subOffset.isPresent()) {
        throw invalid(
            "invalid-fork-offset",
            "Stream-Fork-Offset and Stream-Fork-Sub-Offset go with Stream-Forked-From");
      }
      return Optional.empty();
    }
    long sub =
        subOffset
            .map(
                value ->
                    number(
                        value,
                        ProducerStamp.MAX_NUMBER,
                        "invalid-fork-offset",
                        "Stream-Fork-Sub-Offset is a whole number without sign or leading zeros"))
            .orElse(0L);
    return Optional.of(
        new ForkPoint(
            exchange.streamNameOf(source.get()),
            offset.map(value -> offset(value, "Stream-Fork-Offset")),
            sub));
  }

  /** PROTOCOL 5.2.1: all three headers or none. */
  Optional<ProducerStamp> producer() {
    Optional<String> id = single(Names.PRODUCER_ID);
    Optional<String> epoch = single(Names.PRODUCER_EPOCH);
    Optional<String> seq = single(Names.PRODUCER_SEQ);
    if (id.isEmpty() && epoch.isEmpty() && seq.isEmpty()) {
      return Optional.empty();
    }
    if (id.isEmpty() || epoch.isEmpty() || seq.isEmpty()) {
      throw invalid(
          "invalid-producer", "Producer-Id, Producer-Epoch and Producer-Seq are given together");
    }
    try {
      return Optional.of(
          new ProducerStamp(id.get(), producerNumber(epoch.get()), producerNumber(seq.get())));
    } catch (IllegalArgumentException e) {
      throw invalid("invalid-producer", Problem.detailOf(e));
    }
  }

  private static long producerNumber(String value) {
    return number(
        value,
        ProducerStamp.MAX_NUMBER,
        "invalid-producer",
        "Producer-Epoch and Producer-Seq are whole numbers from 0 to " + ProducerStamp.MAX_NUMBER);
  }

  Optional<String> seq() {
    return single(Names.STREAM_SEQ);
  }

  /** Our extension: {@code If-Match: "<offset>"} on an append; {@code *} asks for nothing more. */
  Optional<Offset> ifMatch() {
    return single(HttpHeaders.IF_MATCH)
        .filter(value -> !value.equals("*"))
        .map(
            value -> {
              boolean quoted = value.length() > 2 && value.startsWith("\"") && value.endsWith("\"");
              if (!quoted) {
                throw invalid(
                    "invalid-if-match",
                    "If-Match is the expected tail in quotes, such as \""
                        + Offset.ZERO
                        + "\", or *: "
                        + value);
              }
              return offset(value.substring(1, value.length() - 1), "If-Match");
            });
  }

  /** Our extension: {@code If-Stream-Id: <id>}. */
  Optional<StreamId> ifStreamId() {
    return single(Names.IF_STREAM_ID)
        .map(
            value -> {
              try {
                return StreamId.parse(value);
              } catch (IllegalArgumentException e) {
                throw invalid(
                    "invalid-stream-id",
                    "If-Stream-Id is the value of a Stream-Id header: " + value);
              }
            });
  }

  static Offset offset(String token, String where) {
    if (!Offset.isWellFormed(token)) {
      throw invalid(
          "invalid-offset",
          where + " is an offset from a Stream-Next-Offset header, unchanged: " + token);
    }
    return Offset.parse(token);
  }

  private static long number(String value, long max, String type, String expectation) {
    if (NUMBER.matcher(value).matches() && Long.parseLong(value) <= max) {
      return Long.parseLong(value);
    }
    throw invalid(type, expectation + ": " + value);
  }

  private static Problem.Found invalid(String type, String detail) {
    return new Problem.Found(Problem.badRequest(type, detail));
  }
}
