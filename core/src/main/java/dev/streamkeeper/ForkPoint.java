package dev.streamkeeper;

import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.StreamName;
import java.util.Optional;

/**
 * Where a fork leaves its source (PROTOCOL 4.2).
 *
 * @param source the stream to fork
 * @param offset position in the source; its tail where absent
 * @param subOffset how far past {@code offset} the fork begins: messages in JSON mode, bytes
 *     otherwise; 0 or more
 */
public record ForkPoint(StreamName source, Optional<Offset> offset, long subOffset) {

  /**
   * Checks the range.
   *
   * @param source the stream to fork
   * @param offset position in the source; its tail where absent
   * @param subOffset how far past {@code offset} the fork begins: messages in JSON mode, bytes
   *     otherwise; 0 or more
   * @throws IllegalArgumentException if {@code subOffset} is negative
   */
  public ForkPoint {
    if (subOffset < 0) {
      throw new IllegalArgumentException("a fork's sub-offset is 0 or more: " + subOffset);
    }
  }

  /**
   * At the source's tail.
   *
   * @param source the stream to fork
   * @return the point
   */
  public static ForkPoint atTailOf(StreamName source) {
    return new ForkPoint(source, Optional.empty(), 0);
  }

  /**
   * At an offset of the source.
   *
   * @param source the stream to fork
   * @param offset where the fork begins
   * @return the point
   */
  public static ForkPoint at(StreamName source, Offset offset) {
    return new ForkPoint(source, Optional.of(offset), 0);
  }
}
