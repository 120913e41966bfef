package dev.streamkeeper;

import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Offset;

/**
 * What became of a creation (PROTOCOL 5.1). Only {@link Created} changed anything. {@link
 * StreamGone} means that the name is held by a deleted stream whose forks live on.
 */
public sealed interface CreateOutcome
    permits CreateOutcome.Created,
        CreateOutcome.Existing,
        CreateOutcome.Mismatch,
        CreateOutcome.SourceNotFound,
        CreateOutcome.SourceGone,
        CreateOutcome.SourceContentTypeMismatch,
        CreateOutcome.BadForkPoint,
        CreateOutcome.ForkTooDeep,
        AppendOutcome.InvalidBody,
        AppendOutcome.TooLarge,
        StreamGone {

  /**
   * It was created and is durable.
   *
   * @param info what it is like
   */
  record Created(StreamInfo info) implements CreateOutcome {}

  /**
   * It exists with the same configuration: the creation had been made before.
   *
   * @param info what it is like
   */
  record Existing(StreamInfo info) implements CreateOutcome {}

  /**
   * It exists with another configuration.
   *
   * @param info the stream as it is
   * @param difference what differs, for a person to read
   */
  record Mismatch(StreamInfo info, String difference) implements CreateOutcome {}

  /** There is no stream of the source's name. */
  record SourceNotFound() implements CreateOutcome {}

  /** The source was deleted and is kept only for its other forks. */
  record SourceGone() implements CreateOutcome {}

  /**
   * The fork asked for another content type than its source has.
   *
   * @param expected the source's
   * @param actual the one asked for
   */
  record SourceContentTypeMismatch(ContentType expected, ContentType actual)
      implements CreateOutcome {}

  /**
   * The fork's offset or sub-offset lies outside what the source holds.
   *
   * @param why which and how, for a person to read
   * @param earliest first position that the source still has
   * @param tail the source's end
   */
  record BadForkPoint(String why, Offset earliest, Offset tail) implements CreateOutcome {}

  /**
   * The chain of forks would be longer than the limit.
   *
   * @param limit longest chain
   */
  record ForkTooDeep(int limit) implements CreateOutcome {}
}
