package dev.streamkeeper.server;

import dev.streamkeeper.Batch;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Offset;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * Turns the data of one connection into server-sent events (PROTOCOL 5.8). Remembers the beginning
 * of a character whose rest has not been appended yet.
 */
final class SseFrames {

  private static final byte[] DATA_EVENT = ascii("event: data\n");
  private static final byte[] DATA_LINE = ascii("data:");
  private static final byte[] CONTROL_EVENT =
      ascii("event: control\ndata:{\"streamNextOffset\":\"");
  static final Buffer KEEP_ALIVE = Buffer.buffer(": keep-alive\n\n");

  private final ContentType type;
  private Bytes partial = Bytes.EMPTY;
  private boolean endedWithReturn;

  SseFrames(ContentType type) {
    this.type = type;
  }

  /** The events of a batch: its data, if it has any, and the control event that goes with it. */
  Buffer frame(Batch batch, String cursor) {
    Bytes data = batch.stored();
    if (!type.isText()) {
      return withControl(base64(data), batch, batch.next(), cursor);
    }
    if (type.isJson()) {
      return withControl(json(data), batch, batch.next(), cursor);
    }
    Bytes whole = partial.isEmpty() ? data : Bytes.concat(List.of(partial, data));
    int end = batch.endOfStream() ? whole.length() : endOfLastCharacter(whole);
    partial = whole.slice(end, whole.length());
    Offset next = new Offset(batch.next().position() - partial.length());
    return withControl(text(joinedLineEnd(whole.slice(0, end))), batch, next, cursor);
  }

  /** A line feed right after an event that ended with a carriage return is no line of its own. */
  private Bytes joinedLineEnd(Bytes text) {
    if (text.isEmpty()) {
      return text;
    }
    boolean joined = endedWithReturn && text.at(0) == '\n';
    endedWithReturn = text.at(text.length() - 1) == '\r';
    return joined ? text.slice(1, text.length()) : text;
  }

  private Buffer withControl(Buffer frame, Batch batch, Offset next, String cursor) {
    frame.appendBytes(CONTROL_EVENT).appendString(next.toString()).appendString("\"");
    if (batch.endOfStream()) {
      frame.appendString(",\"upToDate\":true,\"streamClosed\":true");
    } else {
      frame.appendString(",\"streamCursor\":\"").appendString(cursor).appendString("\"");
      if (batch.upToDate() && partial.isEmpty()) {
        frame.appendString(",\"upToDate\":true");
      }
    }
    return frame.appendString("}\n\n");
  }

  private static Buffer base64(Bytes data) {
    Buffer frame = Buffer.buffer();
    if (!data.isEmpty()) {
      frame
          .appendBytes(DATA_EVENT)
          .appendBytes(DATA_LINE)
          .appendBytes(Base64.getEncoder().encode(data.toByteArray()))
          .appendString("\n\n");
    }
    return frame;
  }

  /** Stored messages already stand on a line each, so only the array's brackets are added. */
  private static Buffer json(Bytes stored) {
    Buffer frame = Buffer.buffer();
    if (stored.isEmpty()) {
      return frame;
    }
    frame.appendBytes(DATA_EVENT).appendBytes(DATA_LINE).appendString("[\n");
    int start = 0;
    while (start < stored.length()) {
      int end = stored.indexOf((byte) '\n', start) + 1;
      boolean last = end == stored.length();
      Bytes line = stored.slice(start, last ? end - 2 : end - 1);
      frame.appendBytes(DATA_LINE).appendBytes(line.toByteArray()).appendByte((byte) '\n');
      start = end;
    }
    return frame.appendBytes(DATA_LINE).appendString("]\n\n");
  }

  /** Each line of the text gets a line of the event, so that no text can pose as an event. */
  private static Buffer text(Bytes text) {
    Buffer frame = Buffer.buffer();
    if (text.isEmpty()) {
      return frame;
    }
    frame.appendBytes(DATA_EVENT);
    int start = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || text.at(i) == '\n' || text.at(i) == '\r') {
        frame.appendBytes(DATA_LINE);
        if (i > start && text.at(start) == ' ') {
          // Readers take one space off.
          frame.appendByte((byte) ' ');
        }
        frame.appendBytes(text.slice(start, i).toByteArray()).appendByte((byte) '\n');
        if (i + 1 < text.length() && text.at(i) == '\r' && text.at(i + 1) == '\n') {
          i++;
        }
        start = i + 1;
      }
    }
    return frame.appendByte((byte) '\n');
  }

  /** Where the last complete UTF-8 character ends. */
  private static int endOfLastCharacter(Bytes text) {
    int start = text.length() - 1;
    while (start >= 0 && start > text.length() - 4 && (text.at(start) & 0xC0) == 0x80) {
      start--;
    }
    if (start < 0) {
      return text.length();
    }
    int lead = text.at(start) & 0xFF;
    int length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return start + length > text.length() ? start : text.length();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
