package dev.streamkeeper.stream;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much of its past a stream keeps. A message is an element in JSON mode and an append
 * otherwise. The newest append is always kept. Limits on messages and bytes are never exceeded
 * otherwise and may drop up to 1/32 of the limit early; data is never dropped for its age before it
 * has that age, and is dropped at the latest when it is 1/32 older.
 *
 * @param maxAge drop what was appended longer ago, if present; at least one millisecond
 * @param maxMessages keep at most so many messages, if present; at least 1
 * @param maxBytes keep at most so many stored bytes, if present; at least 1
 */
public record Retention(
    Optional<Duration> maxAge, OptionalLong maxMessages, OptionalLong maxBytes) {

  /** Keeps everything. */
  public static final Retention UNLIMITED =
      new Retention(Optional.empty(), OptionalLong.empty(), OptionalLong.empty());

  /**
   * Checks the limits.
   *
   * @param maxAge drop what was appended longer ago, if present; at least one millisecond
   * @param maxMessages keep at most so many messages, if present; at least 1
   * @param maxBytes keep at most so many stored bytes, if present; at least 1
   * @throws IllegalArgumentException if a limit is not positive
   */
  public Retention {
    if (maxAge.isPresent() && maxAge.get().toMillis() < 1) {
      throw new IllegalArgumentException("max-age is at least one millisecond: " + maxAge.get());
    }
    requirePositive("max-messages", maxMessages);
    requirePositive("max-bytes", maxBytes);
  }

  /** {@return whether nothing is ever dropped} */
  public boolean isUnlimited() {
    return maxAge.isEmpty() && maxMessages.isEmpty() && maxBytes.isEmpty();
  }

  private static void requirePositive(String what, OptionalLong limit) {
    if (limit.isPresent() && limit.getAsLong() < 1) {
      throw new IllegalArgumentException(what + " is at least 1: " + limit.getAsLong());
    }
  }
}
