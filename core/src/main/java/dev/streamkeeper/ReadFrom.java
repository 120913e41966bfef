package dev.streamkeeper;

import dev.streamkeeper.stream.Offset;

/** Where a read begins (PROTOCOL 8). */
public sealed interface ReadFrom {

  /** The earliest position that the stream keeps: {@code offset=-1}. */
  record Beginning() implements ReadFrom {}

  /** The stream's current end: {@code offset=now}. */
  record Tail() implements ReadFrom {}

  /**
   * A position that an earlier answer handed out.
   *
   * @param offset the position
   */
  record At(Offset offset) implements ReadFrom {}

  /**
   * So many messages (bytes, for a stream that is not JSON) before the current end, or the
   * beginning if the stream keeps fewer.
   *
   * @param count 1 or more
   */
  record Last(long count) implements ReadFrom {

    /**
     * Checks the range.
     *
     * @param count 1 or more
     * @throws IllegalArgumentException if the count is not positive
     */
    public Last {
      if (count < 1) {
        throw new IllegalArgumentException("last is at least 1: " + count);
      }
    }
  }

  /** {@link Beginning}. */
  ReadFrom BEGINNING = new Beginning();

  /** {@link Tail}. */
  ReadFrom TAIL = new Tail();
}
