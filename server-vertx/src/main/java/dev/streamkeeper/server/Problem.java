package dev.streamkeeper.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What is told a client whose request failed (RFC 9457).
 *
 * @param status HTTP status
 * @param type last segment of the type's URI; stable
 * @param title what kind of problem it is
 * @param detail what was wrong with this request and what would be right
 * @param members more members of the document: strings and numbers
 * @param headers headers of the answer
 */
record Problem(
    int status,
    String type,
    String title,
    String detail,
    Map<String, Object> members,
    Map<CharSequence, String> headers) {

  static final String CONTENT_TYPE = "application/problem+json";

  private static final String TYPES = "https://streamkeeper.dev/problems/";
  private static final JsonFactory JSON = new JsonFactory();

  static Problem of(int status, String type, String title, String detail) {
    return new Problem(status, type, title, detail, Map.of(), Map.of());
  }

  static Problem badRequest(String type, String detail) {
    return of(400, type, "The request is malformed", detail);
  }

  static String detailOf(Exception failure) {
    return Objects.requireNonNullElseGet(failure.getMessage(), failure::toString);
  }

  Problem with(String member, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(members);
    more.put(member, value);
    return new Problem(status, type, title, detail, more, headers);
  }

  Problem header(CharSequence header, Object value) {
    Map<CharSequence, String> more = new LinkedHashMap<>(headers);
    more.put(header, value.toString());
    return new Problem(status, type, title, detail, members, more);
  }

  byte[] toJson() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("type", TYPES + type);
      json.writeStringField("title", title);
      json.writeNumberField("status", status);
      json.writeStringField("detail", detail);
      for (Map.Entry<String, Object> member : members.entrySet()) {
        if (member.getValue() instanceof Number number) {
          json.writeNumberField(member.getKey(), number.longValue());
        } else {
          json.writeStringField(member.getKey(), member.getValue().toString());
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to an array can't fail", e);
    }
    return out.toByteArray();
  }

  /** Ends the handling of a request with a problem. */
  static final class Found extends RuntimeException {

    @Serial private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    Found(Problem problem) {
      super(problem.detail(), null, false, false);
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }
}
