package dev.streamkeeper.stream;

import java.nio.charset.StandardCharsets;

/**
 * What an idempotent producer says of one append (PROTOCOL 5.2.1).
 *
 * @param producerId stable name of the producer, 1 to {@link #MAX_ID_BYTES} bytes of UTF-8
 * @param epoch incarnation of the producer, 0 to {@link #MAX_NUMBER}
 * @param seq number of the append within the epoch, 0 to {@link #MAX_NUMBER}
 */
public record ProducerStamp(String producerId, long epoch, long seq) {

  /** 2^53-1, the largest integer that JavaScript holds exactly. */
  public static final long MAX_NUMBER = (1L << 53) - 1;

  /** Longest producer id in bytes of UTF-8. */
  public static final int MAX_ID_BYTES = 1024;

  /**
   * Checks the ranges.
   *
   * @param producerId stable name of the producer, 1 to {@link #MAX_ID_BYTES} bytes of UTF-8
   * @param epoch incarnation of the producer, 0 to {@link #MAX_NUMBER}
   * @param seq number of the append within the epoch, 0 to {@link #MAX_NUMBER}
   * @throws IllegalArgumentException if a part is out of range
   */
  public ProducerStamp {
    if (producerId.isEmpty() || producerId.getBytes(StandardCharsets.UTF_8).length > MAX_ID_BYTES) {
      throw new IllegalArgumentException("a producer id has 1 to " + MAX_ID_BYTES + " bytes");
    }
    if (epoch < 0 || epoch > MAX_NUMBER || seq < 0 || seq > MAX_NUMBER) {
      throw new IllegalArgumentException(
          "a producer's epoch and seq are 0 to " + MAX_NUMBER + ": " + epoch + ", " + seq);
    }
  }
}
