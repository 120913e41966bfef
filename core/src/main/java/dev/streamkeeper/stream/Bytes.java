package dev.streamkeeper.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An immutable run of bytes with value equality.
 *
 * <p>Slices share the array they were cut from, so cutting costs nothing and a small slice keeps
 * the whole array reachable.
 */
public final class Bytes {

  /** No bytes. */
  public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

  private final byte[] array;
  private final int offset;
  private final int length;

  private Bytes(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /**
   * Takes an array over without copying it.
   *
   * @param array the bytes; the caller must not change them afterwards
   */
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array, 0, array.length);
  }

  /** Copies an array. */
  public static Bytes copyOf(byte[] array) {
    return wrap(array.clone());
  }

  /** Copies what remains in a buffer, whose position moves to its limit. */
  public static Bytes copyOf(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return wrap(copy);
  }

  /** Encodes a text as UTF-8. */
  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Joins parts in order.
   *
   * @throws ArithmeticException if together they are longer than {@link Integer#MAX_VALUE} bytes
   */
  public static Bytes concat(List<Bytes> parts) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    int total = 0;
    for (Bytes part : parts) {
      total = Math.addExact(total, part.length);
    }
    byte[] joined = new byte[total];
    int at = 0;
    for (Bytes part : parts) {
      part.copyTo(joined, at);
      at += part.length;
    }
    return wrap(joined);
  }

  /** Number of bytes. */
  public int length() {
    return length;
  }

  /** Whether there are no bytes. */
  public boolean isEmpty() {
    return length == 0;
  }

  /**
   * The byte at an index.
   *
   * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
   */
  public byte at(int index) {
    return array[offset + Objects.checkIndex(index, length)];
  }

  /**
   * The bytes from one index up to, not including, another; shares this value's array.
   *
   * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length()}
   */
  public Bytes slice(int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    return from == to ? EMPTY : new Bytes(array, offset + from, to - from);
  }

  /**
   * The last index of a byte before an index.
   *
   * @param before exclusive upper end of the search, at most {@link #length()}
   * @return the index, or -1 where the byte does not occur
   */
  public int lastIndexOf(byte wanted, int before) {
    Objects.checkFromToIndex(0, before, length);
    for (int i = offset + before - 1; i >= offset; i--) {
      if (array[i] == wanted) {
        return i - offset;
      }
    }
    return -1;
  }

  /**
   * The first index of a byte at or after an index.
   *
   * @return the index, or -1 where the byte does not occur
   */
  public int indexOf(byte wanted, int from) {
    Objects.checkFromToIndex(from, length, length);
    for (int i = offset + from; i < offset + length; i++) {
      if (array[i] == wanted) {
        return i - offset;
      }
    }
    return -1;
  }

  /**
   * Copies all bytes into an array.
   *
   * @throws IndexOutOfBoundsException if they do not fit there
   */
  public void copyTo(byte[] target, int at) {
    System.arraycopy(array, offset, target, at, length);
  }

  /** Puts all bytes into a buffer, whose position advances by {@link #length()}. */
  public void putInto(ByteBuffer target) {
    target.put(array, offset, length);
  }

  /** A copy as an array. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** A read-only view; no bytes are copied. */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(array, offset, length).slice().asReadOnlyBuffer();
  }

  /** The bytes decoded as UTF-8; malformed input becomes U+FFFD. */
  public String toUtf8() {
    return new String(array, offset, length, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that
        && Arrays.equals(
            array, offset, offset + length, that.array, that.offset, that.offset + that.length);
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  @Override
  public String toString() {
    return "Bytes[" + length + "]";
  }
}
