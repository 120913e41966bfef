package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.StreamId;
import java.util.ArrayList;
import java.util.List;

/**
 * Consecutive bytes of a stream, cut at message boundaries in JSON mode (PROTOCOL 5.6).
 *
 * @param id the incarnation they were read from
 * @param contentType the stream's content type
 * @param from where they begin
 * @param next where the next read begins
 * @param stored the bytes as they are stored; in JSON mode each message is followed by a comma and
 *     a line feed, and line feeds occur nowhere else
 * @param tail the stream's end when this was read; {@code next} equals it if all data was returned
 * @param closed whether the stream was closed when this was read
 */
public record Batch(
    StreamId id,
    ContentType contentType,
    Offset from,
    Offset next,
    Bytes stored,
    Offset tail,
    boolean closed)
    implements ReadOutcome {

  private static final Bytes EMPTY_ARRAY = Bytes.utf8("[]");

  /** {@return whether the stream held no more data beyond this} */
  public boolean upToDate() {
    return next.equals(tail);
  }

  /** {@return whether the stream holds data beyond this} */
  public boolean hasMore() {
    return !upToDate();
  }

  /** {@return whether no more data will ever follow (PROTOCOL 4.1)} */
  public boolean endOfStream() {
    return closed && upToDate();
  }

  /**
   * {@return the bytes as a reader expects them: a JSON array in JSON mode, otherwise as they are
   * stored}
   */
  public Bytes body() {
    if (!contentType.isJson()) {
      return stored;
    }
    if (stored.isEmpty()) {
      return EMPTY_ARRAY;
    }
    int length = stored.length() - JsonSplitter.DELIMITER_LENGTH;
    byte[] array = new byte[length + 2];
    array[0] = '[';
    stored.slice(0, length).copyTo(array, 1);
    array[length + 1] = ']';
    return Bytes.wrap(array);
  }

  /**
   * The messages one by one.
   *
   * @return the messages, in order
   * @throws IllegalStateException if the stream is not JSON
   */
  public List<Message> messages() {
    if (!contentType.isJson()) {
      throw new IllegalStateException("only JSON streams have messages, this is " + contentType);
    }
    List<Message> messages = new ArrayList<>();
    int start = 0;
    while (start < stored.length()) {
      int end = stored.indexOf(JsonSplitter.MESSAGE_END, start) + 1;
      messages.add(
          new Message(
              stored.slice(start, end - JsonSplitter.DELIMITER_LENGTH),
              new Offset(from.position() + start),
              new Offset(from.position() + end)));
      start = end;
    }
    return messages;
  }
}
