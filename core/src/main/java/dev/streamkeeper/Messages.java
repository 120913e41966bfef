package dev.streamkeeper;

/** Where the messages of a body end, as counts of stored bytes. */
sealed interface Messages {

  /** An empty body. */
  record None() implements Messages {}

  /** One message: any body outside JSON mode. */
  record Whole(int length) implements Messages {}

  /** The elements of a JSON body, possibly none for {@code []}. */
  final class Elements implements Messages {

    private final int[] ends;

    Elements(int[] ends) {
      this.ends = ends;
    }
  }

  /** Not JSON, and where it broke. */
  record Malformed(String why, long line, long column, long byteOffset) implements Messages {}

  /** Number of messages. */
  default int count() {
    if (this instanceof Elements elements) {
      return elements.ends.length;
    }
    return this instanceof Whole ? 1 : 0;
  }

  /** Stored bytes up to the end of a message, counted from 0. */
  default int end(int message) {
    if (this instanceof Elements elements) {
      return elements.ends[message];
    }
    return ((Whole) this).length();
  }
}
