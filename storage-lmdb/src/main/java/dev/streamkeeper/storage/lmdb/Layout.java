package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Keys and values as they are on disk, described in docs/storage-format.md. Numbers are big-endian,
 * so that keys sort by them.
 */
final class Layout {

  /** LMDB's longest key, in bytes. */
  static final int MAX_KEY = 511;

  /** A longer name's key is so many of its bytes and their SHA-256. */
  static final int NAME_PREFIX = MAX_KEY - 32;

  /** Bytes of a stream in one value: with its checksum and LMDB's header it fills 16 pages. */
  static final int MAX_CHUNK = 16 * 4096 - 16 - Integer.BYTES;

  private static final int SHORT_ENTRY_KEY = 400;
  private static final long NEVER = Long.MAX_VALUE;

  private Layout() {}

  // ---- streams
  // -----------------------------------------------------------------------------------

  /** A stream as it is stored under its name. */
  record Row(
      String name,
      StreamId id,
      long version,
      AttemptId attempt,
      Optional<Instant> due,
      Bytes metadata) {}

  static byte[] nameKey(byte[] utf8) {
    if (utf8.length <= MAX_KEY) {
      return utf8;
    }
    return ByteBuffer.allocate(MAX_KEY).put(utf8, 0, NAME_PREFIX).put(sha256(utf8)).array();
  }

  static byte[] row(Row row, byte[] utf8) {
    int nameLength = utf8.length > MAX_KEY ? utf8.length : 0;
    ByteBuffer value =
        ByteBuffer.allocate(
            StreamId.LENGTH
                + Long.BYTES
                + AttemptId.LENGTH
                + Long.BYTES
                + Short.BYTES
                + nameLength
                + row.metadata().length());
    value.putLong(row.id().high()).putLong(row.id().low()).putLong(row.version());
    value.putLong(row.attempt().writer()).putLong(row.attempt().number());
    value.putLong(row.due().map(Instant::toEpochMilli).orElse(NEVER));
    value.putShort((short) nameLength).put(utf8, 0, nameLength);
    row.metadata().putInto(value);
    return value.array();
  }

  static Row row(byte[] key, byte[] stored) {
    ByteBuffer value = ByteBuffer.wrap(stored);
    StreamId id = StreamId.fromBytes(value);
    long version = value.getLong();
    AttemptId attempt = new AttemptId(value.getLong(), value.getLong());
    long due = value.getLong();
    byte[] name = key;
    int nameLength = value.getShort();
    if (nameLength > 0) {
      name = new byte[nameLength];
      value.get(name);
    }
    return new Row(
        new String(name, StandardCharsets.UTF_8),
        id,
        version,
        attempt,
        due == NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(due)),
        Bytes.copyOf(value));
  }

  // ---- chunks
  // ------------------------------------------------------------------------------------

  static byte[] positionKey(StreamId id, long position) {
    return ByteBuffer.allocate(StreamId.LENGTH + Long.BYTES)
        .putLong(id.high())
        .putLong(id.low())
        .putLong(position)
        .array();
  }

  static boolean belongsTo(StreamId id, byte[] key) {
    ByteBuffer buffer = ByteBuffer.wrap(key);
    return buffer.getLong() == id.high() && buffer.getLong() == id.low();
  }

  static long position(byte[] key) {
    return ByteBuffer.wrap(key).getLong(StreamId.LENGTH);
  }

  static byte[] chunk(byte[] key, Bytes bytes) {
    ByteBuffer value = ByteBuffer.allocate(Integer.BYTES + bytes.length());
    value.putInt(0);
    bytes.putInto(value);
    return value.putInt(0, checksum(key, value.array())).array();
  }

  static int chunkLength(byte[] value) {
    return value.length - Integer.BYTES;
  }

  /**
   * Copies a part of a chunk.
   *
   * @throws StorageException if the chunk is not what was stored
   */
  static void copyChunk(byte[] key, byte[] value, int from, int to, ByteBuffer target) {
    if (ByteBuffer.wrap(value).getInt() != checksum(key, value)) {
      throw new StorageException(
          Reason.CORRUPT,
          "stream "
              + StreamId.fromBytes(ByteBuffer.wrap(key))
              + " is damaged at "
              + position(key)
              + ": the checksum of "
              + chunkLength(value)
              + " bytes is wrong");
    }
    target.put(value, Integer.BYTES + from, to - from);
  }

  /** Covers the key too, so that a chunk in the wrong place is found. */
  private static int checksum(byte[] key, byte[] value) {
    CRC32C crc = new CRC32C();
    crc.update(key);
    crc.update(value, Integer.BYTES, value.length - Integer.BYTES);
    return (int) crc.getValue();
  }

  // ---- entries
  // -----------------------------------------------------------------------------------

  static byte[] entryKey(StreamId id, String key) {
    byte[] utf8 = key.getBytes(StandardCharsets.UTF_8);
    boolean isShort = utf8.length <= SHORT_ENTRY_KEY;
    byte[] rest = isShort ? utf8 : sha256(utf8);
    return ByteBuffer.allocate(StreamId.LENGTH + 1 + rest.length)
        .putLong(id.high())
        .putLong(id.low())
        .put((byte) (isShort ? 0 : 1))
        .put(rest)
        .array();
  }

  /** The byte before the value keeps LMDB from ever storing an empty one. */
  static byte[] entry(Bytes value) {
    byte[] stored = new byte[1 + value.length()];
    value.copyTo(stored, 1);
    return stored;
  }

  static Bytes entry(byte[] stored) {
    return Bytes.wrap(stored).slice(1, stored.length);
  }

  // ---- due times
  // ---------------------------------------------------------------------------------

  static byte[] dueKey(Instant due, StreamId id) {
    return ByteBuffer.allocate(Long.BYTES + StreamId.LENGTH)
        .putLong(Math.max(0, due.toEpochMilli()))
        .putLong(id.high())
        .putLong(id.low())
        .array();
  }

  static Instant due(byte[] key) {
    return Instant.ofEpochMilli(ByteBuffer.wrap(key).getLong());
  }

  // ---- garbage
  // -----------------------------------------------------------------------------------

  static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  static long number(byte[] stored) {
    return ByteBuffer.wrap(stored).getLong();
  }

  static boolean startsWith(byte[] bytes, byte[] prefix, int length) {
    return bytes.length >= length && Arrays.equals(bytes, 0, length, prefix, 0, length);
  }

  static byte[] utf8(StreamName name) {
    return name.toUtf8();
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
