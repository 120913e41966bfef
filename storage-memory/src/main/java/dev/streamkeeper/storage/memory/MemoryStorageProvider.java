package dev.streamkeeper.storage.memory;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import java.util.Map;

/**
 * Opens storages in memory, each one empty and by itself. The directory, the durability and the
 * deadline mean nothing here.
 *
 * <p>Options: {@code max-bytes}, most bytes of streams kept (metadata and keys not counted); commits
 * beyond it fail as full. Without it only the heap limits what is kept.
 */
public final class MemoryStorageProvider implements StorageProvider {

  private static final String MAX_BYTES = "max-bytes";

  /** For {@link java.util.ServiceLoader}. */
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
            "memory storage has the option 'max-bytes' only, not '" + option.getKey() + "'");
      }
      maxBytes = parse(option.getValue());
    }
    return new MemoryStorage(maxBytes);
  }

  private static long parse(String value) {
    try {
      long parsed = Long.parseLong(value);
      if (parsed > 0) {
        return parsed;
      }
    } catch (NumberFormatException e) {
      // Reported below, as numbers that are too small are.
    }
    throw new IllegalArgumentException("max-bytes is a positive number of bytes: " + value);
  }
}
