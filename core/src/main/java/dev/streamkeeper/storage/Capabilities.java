package dev.streamkeeper.storage;

import java.time.Duration;

/**
 * What a storage can do.
 *
 * @param durable whether applied commits survive a restart of the process
 * @param shared whether other processes may change the same streams; only then are {@link
 *     CommitOutcome.Conflict} and hints expected in normal operation
 * @param maxCommitBytes most appended bytes in one commit, at least 64 KiB
 * @param asyncLag longest time until an applied commit is safe from a crash; zero when it is safe
 *     as soon as it is applied
 */
public record Capabilities(boolean durable, boolean shared, int maxCommitBytes, Duration asyncLag) {

  /** Least value of {@link #maxCommitBytes}. */
  public static final int MIN_COMMIT_BYTES = 64 * 1024;

  /**
   * Checks the ranges.
   *
   * @param durable whether applied commits survive a restart of the process
   * @param shared whether other processes may change the same streams; only then are {@link
   *     CommitOutcome.Conflict} and hints expected in normal operation
   * @param maxCommitBytes most appended bytes in one commit, at least 64 KiB
   * @param asyncLag longest time until an applied commit is safe from a crash; zero when it is safe
   *     as soon as it is applied
   * @throws IllegalArgumentException if a commit could not even hold {@link #MIN_COMMIT_BYTES}
   */
  public Capabilities {
    if (maxCommitBytes < MIN_COMMIT_BYTES) {
      throw new IllegalArgumentException("maxCommitBytes is at least " + MIN_COMMIT_BYTES);
    }
  }
}
