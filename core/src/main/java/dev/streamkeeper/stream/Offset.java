package dev.streamkeeper.stream;

/**
 * A position in a stream as clients see it: the number of stored bytes before it, rendered as a
 * fixed-width token that sorts lexicographically, needs no URL encoding and is never {@code -1} or
 * {@code now} (PROTOCOL 8).
 *
 * @param position stored bytes before it, from 0 to {@link #MAX_POSITION}
 */
public record Offset(long position) implements Comparable<Offset> {

  /** The beginning of every stream. */
  public static final Offset ZERO = new Offset(0);

  /** The largest position that a token can hold: ten petabytes, less one byte. */
  public static final long MAX_POSITION = 9_999_999_999_999_999L;

  private static final int DIGITS = 16;
  private static final String PREFIX = "0".repeat(DIGITS) + "_";

  /**
   * Checks the range.
   *
   * @param position stored bytes before it, from 0 to {@link #MAX_POSITION}
   * @throws IllegalArgumentException if the position is out of range
   */
  public Offset {
    if (position < 0 || position > MAX_POSITION) {
      throw new IllegalArgumentException("a position is 0 to " + MAX_POSITION + ": " + position);
    }
  }

  /**
   * Whether a text has the form of a token: two groups of sixteen decimal digits joined by an
   * underscore. A well-formed token may still lie beyond every stream's end.
   *
   * @param token any text
   * @return whether it is one
   */
  public static boolean isWellFormed(String token) {
    if (token.length() != 2 * DIGITS + 1 || token.charAt(DIGITS) != '_') {
      return false;
    }
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (i != DIGITS && (c < '0' || c > '9')) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads a token.
   *
   * @param token the text
   * @return the position; a token whose first group is not zero was never handed out and reads as
   *     {@link #MAX_POSITION}, beyond every stream's end
   * @throws IllegalArgumentException if the token is not {@linkplain #isWellFormed well-formed}
   */
  public static Offset parse(String token) {
    if (!isWellFormed(token)) {
      throw new IllegalArgumentException(
          "an offset is a token from a Stream-Next-Offset header, '-1' or 'now': " + token);
    }
    return token.startsWith(PREFIX)
        ? new Offset(Long.parseLong(token, DIGITS + 1, token.length(), 10))
        : new Offset(MAX_POSITION);
  }

  @Override
  public int compareTo(Offset other) {
    return Long.compare(position, other.position);
  }

  /** The token, 33 characters. */
  @Override
  public String toString() {
    char[] token = new char[2 * DIGITS + 1];
    PREFIX.getChars(0, PREFIX.length(), token, 0);
    long rest = position;
    for (int i = 2 * DIGITS; i > DIGITS; i--) {
      token[i] = (char) ('0' + rest % 10);
      rest /= 10;
    }
    return new String(token);
  }
}
