package dev.streamkeeper;

import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.StreamId;
import java.util.Optional;

/**
 * What became of an append or a close (PROTOCOL 5.2). Only {@link Appended} changed anything;
 * {@link Duplicate} says that the change had been made before.
 */
public sealed interface AppendOutcome
    permits AppendOutcome.Appended,
        AppendOutcome.Duplicate,
        AppendOutcome.Closed,
        AppendOutcome.ContentTypeMismatch,
        AppendOutcome.EmptyBody,
        AppendOutcome.InvalidBody,
        AppendOutcome.TooLarge,
        AppendOutcome.SeqConflict,
        AppendOutcome.ProducerFenced,
        AppendOutcome.ProducerGap,
        AppendOutcome.ProducerEpochNotAtZero,
        AppendOutcome.TailMoved,
        StreamReplaced,
        StreamNotFound,
        StreamGone {

  /**
   * Where a producer stands after an append.
   *
   * @param epoch its current epoch
   * @param seq highest sequence number accepted in that epoch
   */
  record ProducerPosition(long epoch, long seq) {}

  /**
   * Applied and durable.
   *
   * @param id the incarnation
   * @param tail end of the stream right after this append
   * @param closed whether the stream is closed now
   * @param appended whether there were bytes, as opposed to a close without a body
   * @param producer where the producer stands, if one was named
   */
  record Appended(
      StreamId id,
      Offset tail,
      boolean closed,
      boolean appended,
      Optional<ProducerPosition> producer)
      implements AppendOutcome {}

  /**
   * Had been applied before: the producer's sequence number was seen, or the stream to be closed is
   * closed.
   *
   * @param id the incarnation
   * @param tail current end of the stream
   * @param closed whether the stream is closed
   * @param producer where the producer stands, if one was named
   */
  record Duplicate(StreamId id, Offset tail, boolean closed, Optional<ProducerPosition> producer)
      implements AppendOutcome {}

  /**
   * The stream is closed.
   *
   * @param tail its final end
   */
  record Closed(Offset tail) implements AppendOutcome {}

  /**
   * The body is of another content type than the stream.
   *
   * @param expected the stream's
   * @param actual the body's
   */
  record ContentTypeMismatch(ContentType expected, ContentType actual) implements AppendOutcome {}

  /**
   * There was nothing to append: no body, or an empty JSON array (PROTOCOL 9.1.3).
   *
   * @param emptyArray whether it was an empty array
   */
  record EmptyBody(boolean emptyArray) implements AppendOutcome {}

  /**
   * The body is not JSON.
   *
   * @param why what the parser found
   * @param line where, counted from 1
   * @param column where in the line, counted from 1
   * @param byteOffset where in the body, counted from 0
   */
  record InvalidBody(String why, long line, long column, long byteOffset)
      implements AppendOutcome, CreateOutcome {}

  /**
   * The body is larger than the storage takes in one commit.
   *
   * @param limit most stored bytes
   */
  record TooLarge(int limit) implements AppendOutcome, CreateOutcome {}

  /**
   * {@code Stream-Seq} did not grow.
   *
   * @param last the greatest one so far
   */
  record SeqConflict(String last) implements AppendOutcome {}

  /**
   * A newer epoch of the producer has written: this one is a zombie.
   *
   * @param currentEpoch the newest epoch
   */
  record ProducerFenced(long currentEpoch) implements AppendOutcome {}

  /**
   * A sequence number is missing before this one.
   *
   * @param expected the next number that would be accepted
   * @param received the number that came
   */
  record ProducerGap(long expected, long received) implements AppendOutcome {}

  /**
   * A new epoch must begin with sequence number 0.
   *
   * @param received the number that came
   */
  record ProducerEpochNotAtZero(long received) implements AppendOutcome {}

  /**
   * The tail is not where the caller insisted.
   *
   * @param tail where it is
   */
  record TailMoved(Offset tail) implements AppendOutcome {}
}
