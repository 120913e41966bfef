package dev.streamkeeper.stream;

import java.time.Duration;
import java.time.Instant;

/** When a stream ends by itself (PROTOCOL 5.1). */
public sealed interface Expiry {

  /** Never. */
  record Never() implements Expiry {}

  /**
   * After a time without reads and appends.
   *
   * @param window the idle time, whole seconds, zero or more
   */
  record Ttl(Duration window) implements Expiry {

    /** The longest window, about 31 million years, so that deadlines never overflow. */
    public static final long MAX_SECONDS = 999_999_999_999_999L;

    /**
     * Checks the window.
     *
     * @param window the idle time, whole seconds, zero or more
     * @throws IllegalArgumentException if it is negative, longer than {@link #MAX_SECONDS} or not a
     *     whole number of seconds
     */
    public Ttl {
      if (window.isNegative() || window.toNanosPart() != 0 || window.toSeconds() > MAX_SECONDS) {
        throw new IllegalArgumentException(
            "a time-to-live is 0 to " + MAX_SECONDS + " whole seconds: " + window);
      }
    }
  }

  /**
   * At an instant, whatever happens before.
   *
   * @param deadline the instant, of which milliseconds count
   */
  record At(Instant deadline) implements Expiry {}

  /** Lives until it is deleted. */
  Expiry NEVER = new Never();
}
