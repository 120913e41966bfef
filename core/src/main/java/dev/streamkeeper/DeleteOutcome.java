package dev.streamkeeper;

/**
 * What became of a deletion (PROTOCOL 5.4). {@link StreamGone} means that it was deleted before.
 */
public sealed interface DeleteOutcome
    permits DeleteOutcome.Deleted, StreamReplaced, StreamNotFound, StreamGone {

  /**
   * It is deleted, durably.
   *
   * @param keptForForks whether its bytes and name stay until its last fork is deleted
   */
  record Deleted(boolean keptForForks) implements DeleteOutcome {}
}
