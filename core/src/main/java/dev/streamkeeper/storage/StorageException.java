package dev.streamkeeper.storage;

import java.io.Serial;

/** An operation of a storage failed, and for a commit: surely nothing of it was written. */
public final class StorageException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  /** Why, and so whether to try again. */
  public enum Reason {
    /**
     * It cannot serve now (overloaded, unreachable, stopped after a failed sync). Try again later.
     */
    UNAVAILABLE,
    /** There is no room for the change: a full disk, map or quota. Reading goes on. */
    FULL,
    /** What is stored is damaged. Trying again does not help; other streams are not affected. */
    CORRUPT,
    /** The storage was closed. */
    CLOSED
  }

  /** Why it failed. */
  private final Reason reason;

  /**
   * Describes a failure.
   *
   * @param reason why, and so whether to try again
   * @param message what happened, to what, in one line
   */
  public StorageException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /**
   * Describes a failure and what it came from.
   *
   * @param reason why, and so whether to try again
   * @param message what happened, to what, in one line
   * @param cause what it came from
   */
  public StorageException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /**
   * Why, and so whether to try again.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
