package dev.streamkeeper.storage;

import java.util.Optional;

/** What became of a {@link Commit}. */
public sealed interface CommitOutcome {

  /**
   * It was applied and is durable in the sense of the {@linkplain StorageConfig.Durability
   * configured durability}.
   *
   * @param version the stream's version from now on, greater than every version that this
   *     incarnation had before; meaningless after {@link Commit.Change.Remove}
   */
  record Applied(long version) implements CommitOutcome {}

  /**
   * It was not applied and never will be: something else is stored under the name.
   *
   * @param current what is stored, with the entries that the commit would have changed; empty if
   *     nothing is stored
   */
  record Conflict(Optional<StoredStream> current) implements CommitOutcome {}

  /**
   * It may have been applied, may still be, or never will be: a time-out, a lost connection, a
   * server that died. The engine finds out with a fencing commit; the storage must not guess.
   *
   * @param cause what happened
   */
  record Unknown(Throwable cause) implements CommitOutcome {}
}
