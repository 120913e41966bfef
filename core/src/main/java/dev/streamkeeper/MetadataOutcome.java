package dev.streamkeeper;

/** The answer to a question about a stream (PROTOCOL 5.5). */
public sealed interface MetadataOutcome permits MetadataOutcome.Found, StreamNotFound, StreamGone {

  /**
   * It exists.
   *
   * @param info what it is like
   */
  record Found(StreamInfo info) implements MetadataOutcome {}
}
