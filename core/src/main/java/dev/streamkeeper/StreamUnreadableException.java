package dev.streamkeeper;

import java.io.Serial;

/** Ends a subscription whose stream can't be read (any more). */
public final class StreamUnreadableException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final transient ReadOutcome outcome;

  StreamUnreadableException(ReadOutcome outcome) {
    super("the stream can't be read: " + outcome);
    this.outcome = outcome;
  }

  /** {@return why: any outcome but a {@link Batch}} */
  public ReadOutcome outcome() {
    return outcome;
  }
}
