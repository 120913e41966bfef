package dev.streamkeeper;

import dev.streamkeeper.storage.StorageException;

/** What finally became of a group. */
sealed interface CommitResult {

  /** It is durable, and this is the stream now. */
  record Applied(Stored now) implements CommitResult {}

  /** It is durable, and somebody else has changed the stream since. */
  record AppliedAndOvertaken() implements CommitResult {}

  /** It is not and never will be stored: somebody else changed the stream first. */
  record Overtaken() implements CommitResult {}

  /** It is not and never will be stored: the storage failed. */
  record Failed(StorageException cause) implements CommitResult {}

  /** It could not be found out. */
  record Unresolved(Throwable cause) implements CommitResult {}
}
