package dev.streamkeeper;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.streamkeeper.stream.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns a JSON body into stored messages (PROTOCOL 9.1): the elements of an array, or the one value
 * that is not an array, each cut out of the body as it was written and followed by a comma and a
 * line feed.
 *
 * <p>Valid JSON has raw line feeds and carriage returns only between tokens, so replacing them by
 * spaces changes no value and leaves the line feed to mark the end of a message: a read is a range
 * of stored bytes between brackets, and boundaries are found by looking for a byte.
 */
final class JsonSplitter {

  static final byte MESSAGE_END = '\n';
  static final int DELIMITER_LENGTH = 2;

  // Lengths are bounded by the body, and names must not fill the JVM's intern table.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private final byte[] json;
  private byte[] stored;
  private int length;
  private int[] ends = new int[1];
  private int count;

  private JsonSplitter(byte[] json) {
    this.json = json;
    this.stored = new byte[json.length + DELIMITER_LENGTH];
  }

  /** What a body becomes; no bytes where it is malformed. */
  record Split(Bytes stored, Messages messages) {}

  static Split split(Bytes body) {
    byte[] json = body.toByteArray();
    int invalid = firstInvalidUtf8(json);
    if (invalid >= 0) {
      int line = 1;
      int lineStart = 0;
      for (int i = 0; i < invalid; i++) {
        if (json[i] == '\n') {
          line++;
          lineStart = i + 1;
        }
      }
      return malformed("JSON is UTF-8, this byte is not", line, invalid - lineStart + 1, invalid);
    }
    JsonSplitter splitter = new JsonSplitter(json);
    try (JsonParser parser = JSON.createParser(json)) {
      try {
        return splitter.run(parser);
      } catch (JsonProcessingException e) {
        // Exceeded limits come without a location.
        JsonLocation at = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
        return malformed(
            e.getOriginalMessage(),
            at.getLineNr(),
            at.getColumnNr(),
            Math.max(0, at.getByteOffset()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("reading from an array can't fail", e);
    }
  }

  private Split run(JsonParser parser) throws IOException {
    JsonToken first = parser.nextToken();
    if (first == null) {
      return malformed("a JSON body holds a value, this one only white space", 1, 1, 0);
    }
    if (first == JsonToken.START_ARRAY) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        int from = (int) parser.currentTokenLocation().getByteOffset();
        skipValue(parser);
        store(from, (int) parser.currentLocation().getByteOffset());
      }
    } else {
      int from = (int) parser.currentTokenLocation().getByteOffset();
      skipValue(parser);
      // The parser looks one byte past a bare number, so the end is found from behind.
      store(from, endOfText());
    }
    if (parser.nextToken() != null) {
      JsonLocation at = parser.currentTokenLocation();
      return malformed(
          "a JSON body holds one value, here a second one begins",
          at.getLineNr(),
          at.getColumnNr(),
          at.getByteOffset());
    }
    return new Split(
        Bytes.wrap(stored).slice(0, length), new Messages.Elements(Arrays.copyOf(ends, count)));
  }

  private static void skipValue(JsonParser parser) throws IOException {
    parser.skipChildren();
    parser.finishToken();
  }

  private int endOfText() {
    int end = json.length;
    while (json[end - 1] == ' ' || json[end - 1] == '\t' || isLineBreak(json[end - 1])) {
      end--;
    }
    return end;
  }

  private void store(int from, int to) {
    int needed = length + to - from + DELIMITER_LENGTH;
    if (needed > stored.length) {
      stored = Arrays.copyOf(stored, Math.max(needed, stored.length + stored.length / 2));
    }
    for (int i = from; i < to; i++) {
      stored[length++] = isLineBreak(json[i]) ? (byte) ' ' : json[i];
    }
    stored[length++] = ',';
    stored[length++] = MESSAGE_END;
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
    }
    ends[count++] = length;
  }

  private static boolean isLineBreak(byte b) {
    return b == '\n' || b == '\r';
  }

  private static int firstInvalidUtf8(byte[] text) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(text);
    CharBuffer out = CharBuffer.allocate(Math.min(8192, text.length + 1));
    CoderResult result;
    do {
      out.clear();
      result = decoder.decode(in, out, true);
    } while (result.isOverflow());
    return result.isError() ? in.position() : -1;
  }

  private static Split malformed(String why, long line, long column, long byteOffset) {
    return new Split(Bytes.EMPTY, new Messages.Malformed(why, line, column, byteOffset));
  }
}
