package dev.streamkeeper.storage.memory;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import java.util.Map;

/**
 * Opens storages that live in the memory of the process and are called {@code memory}.
 *
 * <p>Each storage that is opened begins empty and shares nothing with any other; the configured
 * directory is neither read nor written. Its stages are complete when they are returned.
 *
 * <p>One option is known, {@value #MAX_BYTES}: how many bytes all streams together may hold, as a
 * positive decimal number. Counted are the appended bytes that are neither removed nor reclaimed,
 * not metadata and entries. A commit that would exceed it fails with {@link
 * StorageException.Reason#FULL}. Without the option the heap is the limit.
 */
public final class MemoryStorageProvider implements StorageProvider {

  /** The option that limits the appended bytes that are kept. */
  public static final String MAX_BYTES = "max-bytes";

  /** A provider; it has no state. */
  public MemoryStorageProvider() {}

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public StreamStorage open(StorageConfig config) {
    long maxBytes = Long.MAX_VALUE;
    for (Map.Entry<String, String> option : config.options().entrySet()) {
      if (!option.getKey().equals(MAX_BYTES)) {
        throw new IllegalArgumentException(
            "the storage 'memory' has no option '" + option.getKey() + "', only " + MAX_BYTES);
      }
      maxBytes = positive(option.getValue());
    }
    return new MemoryStorage(maxBytes);
  }

  private static long positive(String value) {
    long number;
    try {
      number = Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(MAX_BYTES + " is a number of bytes: " + value, e);
    }
    if (number <= 0) {
      throw new IllegalArgumentException(MAX_BYTES + " is positive: " + value);
    }
    return number;
  }
}
