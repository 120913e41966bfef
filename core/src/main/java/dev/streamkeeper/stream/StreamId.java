package dev.streamkeeper.stream;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The identity of one incarnation of a stream: new for each creation, so that a name that is
 * deleted and created again never meets its former bytes. On the wire it is the {@code Stream-Id}
 * header.
 *
 * @param high the first eight bytes
 * @param low the last eight bytes
 */
public record StreamId(long high, long low) implements Comparable<StreamId> {

  /** Length of {@link #toBytes()} in bytes. */
  public static final int LENGTH = 16;

  /**
   * Reads the form that {@link #toString()} writes.
   *
   * @param text the text
   * @return the incarnation
   * @throws IllegalArgumentException if the text is not 32 lower-case hexadecimal digits
   */
  public static StreamId parse(String text) {
    if (text.length() != 2 * LENGTH || !text.chars().allMatch(StreamId::isLowerHex)) {
      throw new IllegalArgumentException(
          "a stream id is 32 lower-case hexadecimal digits: " + text);
    }
    return new StreamId(
        HexFormat.fromHexDigitsToLong(text, 0, 16), HexFormat.fromHexDigitsToLong(text, 16, 32));
  }

  /**
   * Reads the form that {@link #toBytes()} writes.
   *
   * @param buffer holds at least {@value #LENGTH} more bytes, past which its position moves
   * @return the incarnation
   */
  public static StreamId fromBytes(ByteBuffer buffer) {
    return new StreamId(buffer.getLong(), buffer.getLong());
  }

  /** {@return sixteen bytes, big-endian} */
  public byte[] toBytes() {
    return ByteBuffer.allocate(LENGTH).putLong(high).putLong(low).array();
  }

  @Override
  public int compareTo(StreamId other) {
    int first = Long.compareUnsigned(high, other.high);
    return first != 0 ? first : Long.compareUnsigned(low, other.low);
  }

  /** 32 lower-case hexadecimal digits. */
  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(high) + hex.toHexDigits(low);
  }

  private static boolean isLowerHex(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  }
}
