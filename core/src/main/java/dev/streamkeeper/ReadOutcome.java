package dev.streamkeeper;

import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.StreamId;

/** The answer to a read (PROTOCOL 5.6 to 5.8). */
public sealed interface ReadOutcome
    permits Batch,
        ReadOutcome.Dropped,
        ReadOutcome.BeyondTail,
        ReadOutcome.NotABoundary,
        StreamReplaced,
        StreamNotFound,
        StreamGone {

  /**
   * Retention dropped the position asked for.
   *
   * @param id the incarnation
   * @param earliest first position that can be read
   */
  record Dropped(StreamId id, Offset earliest) implements ReadOutcome {}

  /**
   * The position asked for lies beyond the stream's end, so this stream never handed it out.
   *
   * @param id the incarnation
   * @param tail the stream's end
   */
  record BeyondTail(StreamId id, Offset tail) implements ReadOutcome {}

  /**
   * The position asked for lies within a JSON message, so this stream never handed it out.
   *
   * @param id the incarnation
   */
  record NotABoundary(StreamId id) implements ReadOutcome {}
}
