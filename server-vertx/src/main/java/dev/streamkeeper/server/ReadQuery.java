package dev.streamkeeper.server;

import dev.streamkeeper.ReadFrom;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Optional;

/**
 * What a GET asks for (PROTOCOL 5.6 to 5.8, 8).
 *
 * @param from where to begin
 * @param live how to go on at the end
 * @param cursor the client's cursor, possibly empty
 */
record ReadQuery(ReadFrom from, Live live, String cursor) {

  /** What to do at the end of the stream. */
  enum Live {
    NOT,
    LONG_POLL,
    SSE
  }

  private static final long MAX_LAST = 1_000_000_000;

  static ReadQuery of(MultiMap params) {
    Live live = live(single(params, Names.LIVE));
    Optional<String> offset = single(params, Names.OFFSET);
    Optional<String> last = single(params, Names.LAST);
    if (offset.isPresent() && last.isPresent()) {
      throw invalid("invalid-last", "give 'offset' or 'last', not both");
    }
    if (live != Live.NOT && offset.isEmpty() && last.isEmpty()) {
      throw invalid(
          "missing-offset",
          "a live read says where it begins: offset=-1, offset=now, an offset from a"
              + " Stream-Next-Offset header, or last=N");
    }
    ReadFrom from =
        last.isPresent()
            ? new ReadFrom.Last(count(last.get()))
            : offset.map(ReadQuery::position).orElse(ReadFrom.BEGINNING);
    return new ReadQuery(from, live, single(params, Names.CURSOR).orElse(""));
  }

  private static Live live(Optional<String> value) {
    if (value.isEmpty()) {
      return Live.NOT;
    }
    return switch (value.get()) {
      case "long-poll" -> Live.LONG_POLL;
      case "sse" -> Live.SSE;
      default ->
          throw invalid("invalid-live", "'live' is 'long-poll' or 'sse', not " + value.get());
    };
  }

  private static ReadFrom position(String token) {
    return switch (token) {
      case "-1" -> ReadFrom.BEGINNING;
      case "now" -> ReadFrom.TAIL;
      default -> new ReadFrom.At(StreamHeaders.offset(token, "'offset'"));
    };
  }

  private static long count(String value) {
    if (value.matches("[1-9][0-9]{0,9}") && Long.parseLong(value) <= MAX_LAST) {
      return Long.parseLong(value);
    }
    throw invalid("invalid-last", "'last' is a number from 1 to " + MAX_LAST + ": " + value);
  }

  static Optional<String> single(MultiMap params, String name) {
    List<String> values = params.getAll(name);
    if (values.size() > 1) {
      throw invalid(
          "duplicate-parameter", "'" + name + "' is given once, not " + values.size() + " times");
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
  }

  static Problem.Found invalid(String type, String detail) {
    return new Problem.Found(Problem.badRequest(type, detail));
  }
}
