package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.StreamId;
import java.util.Optional;

/**
 * An append, a close, or both in one step (PROTOCOL 5.2, 5.3). Start from {@link #of} or {@link
 * #closing()} and add conditions.
 *
 * @param content what to append; empty only when closing
 * @param close whether the stream is closed afterwards
 * @param producer makes the append idempotent, if present
 * @param seq {@code Stream-Seq}: must be greater, byte by byte, than that of every append before;
 *     at most {@value #MAX_SEQ_BYTES} bytes of UTF-8
 * @param ifTail append only if the tail is here
 * @param ifId append only to this incarnation
 */
public record AppendRequest(
    Content content,
    boolean close,
    Optional<ProducerStamp> producer,
    Optional<String> seq,
    Optional<Offset> ifTail,
    Optional<StreamId> ifId) {

  /** Longest {@code Stream-Seq} in bytes of UTF-8. */
  public static final int MAX_SEQ_BYTES = 1024;

  /**
   * Checks the sequence's length.
   *
   * @param content what to append; empty only when closing
   * @param close whether the stream is closed afterwards
   * @param producer makes the append idempotent, if present
   * @param seq {@code Stream-Seq}: must be greater, byte by byte, than that of every append before;
   *     at most {@value #MAX_SEQ_BYTES} bytes of UTF-8
   * @param ifTail append only if the tail is here
   * @param ifId append only to this incarnation
   * @throws IllegalArgumentException if {@code seq} is empty or too long
   */
  public AppendRequest {
    if (seq.isPresent()) {
      int length = Bytes.utf8(seq.get()).length();
      if (length < 1 || length > MAX_SEQ_BYTES) {
        throw new IllegalArgumentException("Stream-Seq has 1 to " + MAX_SEQ_BYTES + " bytes");
      }
    }
  }

  /**
   * Appends a body.
   *
   * @param content the body; empty only to close
   * @return a request without conditions
   */
  public static AppendRequest of(Content content) {
    return new AppendRequest(
        content, false, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Appends a body of some content type.
   *
   * @param type what the body claims to be
   * @param body the bytes as they were sent; empty only to close
   * @return a request without conditions
   */
  public static AppendRequest of(ContentType type, Bytes body) {
    return of(Content.of(type, body));
  }

  /**
   * Closes the stream without appending.
   *
   * @return a request without content and conditions
   */
  public static AppendRequest closing() {
    return of(Content.of(ContentType.OCTET_STREAM, Bytes.EMPTY)).andClose();
  }

  /**
   * The same, closing the stream in the same step.
   *
   * @return a copy with this change
   */
  public AppendRequest andClose() {
    return new AppendRequest(content, true, producer, seq, ifTail, ifId);
  }

  /**
   * The same, from an idempotent producer (PROTOCOL 5.2.1).
   *
   * @param stamp the producer and where in its sequence this append is
   * @return a copy with this change
   */
  public AppendRequest from(ProducerStamp stamp) {
    return new AppendRequest(content, close, Optional.of(stamp), seq, ifTail, ifId);
  }

  /**
   * The same, with a {@code Stream-Seq}.
   *
   * @param value the sequence, 1 to {@value #MAX_SEQ_BYTES} bytes of UTF-8
   * @return a copy with this change
   * @throws IllegalArgumentException if it is empty or too long
   */
  public AppendRequest withSeq(String value) {
    return new AppendRequest(content, close, producer, Optional.of(value), ifTail, ifId);
  }

  /**
   * The same, on condition that the tail is at an offset.
   *
   * @param tail where the stream must end
   * @return a copy with this change
   */
  public AppendRequest ifTailIs(Offset tail) {
    return new AppendRequest(content, close, producer, seq, Optional.of(tail), ifId);
  }

  /**
   * The same, on condition that the stream is this incarnation.
   *
   * @param id the incarnation that must hold the name
   * @return a copy with this change
   */
  public AppendRequest ifIdIs(StreamId id) {
    return new AppendRequest(content, close, producer, seq, ifTail, Optional.of(id));
  }
}
