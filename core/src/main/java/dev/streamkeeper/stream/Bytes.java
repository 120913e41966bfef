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
   * @return the bytes
   */
  public static Bytes wrap(byte[] array) {
    return array.length == 0 ? EMPTY : new Bytes(array, 0, array.length);
  }

  /**
   * Copies an array.
   *
   * @param array the bytes; free to change afterwards
   * @return the copy
   */
  public static Bytes copyOf(byte[] array) {
    return wrap(array.clone());
  }

  /**
   * Copies what remains in a buffer, whose position moves to its limit.
   *
   * @param buffer what to copy
   * @return the copy
   */
  public static Bytes copyOf(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return wrap(copy);
  }

  /**
   * Encodes a text as UTF-8.
   *
   * @param text any text; unpaired surrogates become a question mark
   * @return the encoded text
   */
  public static Bytes utf8(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Joins parts in order.
   *
   * @param parts what to join
   * @return all bytes of the parts
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

  /** {@return number of bytes} */
  public int length() {
    return length;
  }

  /** {@return whether there are no bytes} */
  public boolean isEmpty() {
    return length == 0;
  }

  /**
   * The byte at an index.
   *
   * @param index where, counted from 0
   * @return the byte
   * @throws IndexOutOfBoundsException unless {@code 0 <= index < length()}
   */
  public byte at(int index) {
    return array[offset + Objects.checkIndex(index, length)];
  }

  /**
   * The bytes from one index up to, not including, another; shares this value's array.
   *
   * @param from first index
   * @param to end, exclusive
   * @return the bytes between
   * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= length()}
   */
  public Bytes slice(int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    return from == to ? EMPTY : new Bytes(array, offset + from, to - from);
  }

  /**
   * The last index of a byte before an index.
   *
   * @param wanted the byte to look for
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
   * @param wanted the byte to look for
   * @param from where to begin, 0 or more
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
   * @param target the array
   * @param at index of the first byte in it
   * @throws IndexOutOfBoundsException if they do not fit there
   */
  public void copyTo(byte[] target, int at) {
    System.arraycopy(array, offset, target, at, length);
  }

  /**
   * Puts all bytes into a buffer, whose position advances by {@link #length()}.
   *
   * @param target the buffer; must have room for all bytes
   * @throws java.nio.BufferOverflowException if it has not
   */
  public void putInto(ByteBuffer target) {
    target.put(array, offset, length);
  }

  /** {@return a copy as an array} */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** {@return a read-only view; no bytes are copied} */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(array, offset, length).slice().asReadOnlyBuffer();
  }

  /** {@return the bytes decoded as UTF-8; malformed input becomes U+FFFD} */
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
