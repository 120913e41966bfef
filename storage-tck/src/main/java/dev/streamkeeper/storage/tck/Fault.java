package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageException;

/** What a {@link FaultyStorage} does to its callers. Each is within the contract of the SPI. */
public enum Fault {
  /**
   * Another writer changes the stream just before a commit: its version and attempt become others,
   * its metadata, entries, bytes and due time stay. Happens to streams that were stored through the
   * faulty storage.
   */
  CONFLICT,
  /** A commit takes effect, but is answered with {@link CommitOutcome.Unknown}. */
  UNKNOWN_APPLIED,
  /** A commit never takes effect and is answered with {@link CommitOutcome.Unknown}. */
  UNKNOWN_LOST,
  /**
   * A commit is answered with {@link CommitOutcome.Unknown} and tried a while later; then it takes
   * effect if what it expects is still, or again, stored.
   */
  UNKNOWN_LATE,
  /**
   * An operation begins late, or its answer comes late, so that operations on different streams
   * overtake each other. Commits of one stream never do.
   */
  DELAY,
  /** A commit fails with {@link StorageException.Reason#UNAVAILABLE}, surely not written. */
  UNAVAILABLE,
  /** A commit fails with {@link StorageException.Reason#FULL}, surely not written. */
  FULL,
  /** A listing is answered with what the same call would have returned a while before. */
  STALE_LIST,
  /** A search for due streams is answered with what an earlier search found. */
  STALE_DUE,
  /** A change by another writer gives no hint. */
  LOST_HINT,
  /** The hint of a change by another writer comes a while later. */
  LATE_HINT,
  /**
   * A load, read, listing, search or reclaim fails with {@link
   * StorageException.Reason#UNAVAILABLE}.
   */
  READ_FAILURE
}
