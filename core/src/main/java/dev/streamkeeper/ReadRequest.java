package dev.streamkeeper;

import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.StreamId;
import java.time.Duration;
import java.util.Optional;

/**
 * A read (PROTOCOL 5.6, 5.7).
 *
 * @param from where it begins
 * @param maxBytes most stored bytes to return, 1 to {@link #LARGEST}; a single JSON message that is
 *     longer is returned whole
 * @param patience how long to wait at the end of an open stream for the next append; zero for not
 *     at all
 * @param ifId read only this incarnation
 */
public record ReadRequest(ReadFrom from, int maxBytes, Duration patience, Optional<StreamId> ifId) {

  /** Largest {@code maxBytes}. */
  public static final int LARGEST = 16 * 1024 * 1024;

  /** What {@link #from(ReadFrom)} asks for at most: 1 MiB. */
  public static final int DEFAULT_MAX_BYTES = 1024 * 1024;

  /**
   * Checks the ranges.
   *
   * @param from where it begins
   * @param maxBytes most stored bytes to return, 1 to {@link #LARGEST}; a single JSON message that
   *     is longer is returned whole
   * @param patience how long to wait at the end of an open stream for the next append; zero for not
   *     at all
   * @param ifId read only this incarnation
   * @throws IllegalArgumentException if {@code maxBytes} or {@code patience} is out of range
   */
  public ReadRequest {
    if (maxBytes < 1 || maxBytes > LARGEST) {
      throw new IllegalArgumentException("maxBytes is 1 to " + LARGEST + ": " + maxBytes);
    }
    if (patience.isNegative()) {
      throw new IllegalArgumentException("patience is not negative: " + patience);
    }
  }

  /**
   * Reads what is there, without waiting.
   *
   * @param from where to begin
   * @return a request with the default limit
   */
  public static ReadRequest from(ReadFrom from) {
    return new ReadRequest(from, DEFAULT_MAX_BYTES, Duration.ZERO, Optional.empty());
  }

  /**
   * Reads what is there after an offset, without waiting.
   *
   * @param offset where to begin
   * @return a request with the default limit
   */
  public static ReadRequest from(Offset offset) {
    return from(new ReadFrom.At(offset));
  }

  /**
   * The same with another limit.
   *
   * @param bytes most bytes to return
   * @return a copy with this change
   * @throws IllegalArgumentException if it is out of range
   */
  public ReadRequest upTo(int bytes) {
    return new ReadRequest(from, bytes, patience, ifId);
  }

  /**
   * The same, waiting at the end for the next append.
   *
   * @param time how long to wait at most
   * @return a copy with this change
   * @throws IllegalArgumentException if it is out of range
   */
  public ReadRequest waiting(Duration time) {
    return new ReadRequest(from, maxBytes, time, ifId);
  }

  /**
   * The same, on condition that the stream is this incarnation.
   *
   * @param id the incarnation that must hold the name
   * @return a copy with this change
   */
  public ReadRequest ifIdIs(StreamId id) {
    return new ReadRequest(from, maxBytes, patience, Optional.of(id));
  }
}
