package dev.streamkeeper;

import java.io.Serial;

/**
 * It could not be found out whether an operation was applied. Repeat an append with the same {@link
 * dev.streamkeeper.stream.ProducerStamp} to settle it; an append without one may then be there
 * twice.
 */
public final class OutcomeUnknownException extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  OutcomeUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
