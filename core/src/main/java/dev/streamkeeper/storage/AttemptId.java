package dev.streamkeeper.storage;

/**
 * Names one attempt at a commit, so that after an {@linkplain CommitOutcome.Unknown unknown
 * outcome} it can be told from every other attempt. Unique across processes.
 *
 * @param writer random number of the process's engine
 * @param number counts up within the writer
 */
public record AttemptId(long writer, long number) {

  /** Length in bytes of a straightforward encoding: two big-endian longs. */
  public static final int LENGTH = 16;
}
