package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.lmdbjava.LmdbException;

/**
 * Opens storages in LMDB environments. A folder belongs to one open storage at a time.
 *
 * <p>Options: {@code map-size}, most bytes that the environment may ever hold. It is address space,
 * not disk space: the file grows as it is written. 1 TiB by default.
 */
public final class LmdbStorageProvider implements StorageProvider {

  private static final String MAP_SIZE = "map-size";
  private static final long DEFAULT_MAP_SIZE = 1L << 40;
  private static final long MIN_MAP_SIZE = 1L << 20;

  /** For {@link java.util.ServiceLoader}. */
  public LmdbStorageProvider() {}

  @Override
  public String name() {
    return "lmdb";
  }

  @Override
  public StreamStorage open(StorageConfig config) {
    long mapSize = DEFAULT_MAP_SIZE;
    for (Map.Entry<String, String> option : config.options().entrySet()) {
      if (!option.getKey().equals(MAP_SIZE)) {
        throw new IllegalArgumentException(
            "LMDB storage has the option 'map-size' only, not '" + option.getKey() + "'");
      }
      mapSize = parse(option.getValue());
    }
    Path directory = config.directory().toAbsolutePath().normalize();
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new StorageException(
          Reason.UNAVAILABLE, "data folder " + directory + " can't be created: " + e, e);
    }
    if (!Files.isWritable(directory)) {
      throw new StorageException(
          Reason.UNAVAILABLE, "data folder " + directory + " is not writable");
    }
    FolderLock lock = FolderLock.acquire(directory);
    try {
      return new LmdbStorage(new Tables(directory, mapSize), lock, config.durability());
    } catch (LmdbException e) {
      lock.close();
      throw new StorageException(
          Reason.UNAVAILABLE,
          "data folder " + directory + " can't be opened: " + e.getMessage(),
          e);
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static long parse(String value) {
    try {
      long parsed = Long.parseLong(value);
      if (parsed >= MIN_MAP_SIZE) {
        return parsed;
      }
    } catch (NumberFormatException e) {
      // Reported below, as numbers that are too small are.
    }
    throw new IllegalArgumentException(
        "map-size is a number of bytes, at least " + MIN_MAP_SIZE + ": " + value);
  }
}
