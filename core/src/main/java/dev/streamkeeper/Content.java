package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;

/**
 * What an append or a creation brings along: a body with its content type, checked and split into
 * messages ahead of time so that the stream's own turn stays short. Immutable.
 */
public final class Content {

  private final ContentType type;
  private final Bytes stored;
  private final Messages messages;

  private Content(ContentType type, Bytes stored, Messages messages) {
    this.type = type;
    this.stored = stored;
    this.messages = messages;
  }

  /**
   * Prepares a body. For {@code application/json} it is parsed and split here, on the calling
   * thread, in time proportional to its length; one level of array is flattened (PROTOCOL 9.1.2). A
   * malformed body is not reported here but as {@link AppendOutcome.InvalidBody} by the operation
   * that uses it, after the checks that take precedence.
   *
   * @param type what the body claims to be
   * @param body the bytes as they were sent; may be empty
   * @return the content, well-formed or not
   */
  public static Content of(ContentType type, Bytes body) {
    if (body.isEmpty()) {
      return new Content(type, Bytes.EMPTY, new Messages.None());
    }
    if (type.isJson()) {
      JsonSplitter.Split split = JsonSplitter.split(body);
      return new Content(type, split.stored(), split.messages());
    }
    return new Content(type, body, new Messages.Whole(body.length()));
  }

  /** {@return what the body claims to be} */
  public ContentType type() {
    return type;
  }

  /** {@return whether the body had no bytes at all} */
  public boolean isEmpty() {
    return messages instanceof Messages.None;
  }

  Bytes stored() {
    return stored;
  }

  Messages messages() {
    return messages;
  }
}
