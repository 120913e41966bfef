package dev.streamkeeper.storage;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * What a storage is opened with.
 *
 * @param directory folder that the storage owns, if it keeps files; it may not exist yet
 * @param durability when a commit counts as applied
 * @param deadline how long a single operation may take before the storage gives up on it with
 *     {@link CommitOutcome.Unknown} (commits) or {@link StorageException.Reason#UNAVAILABLE}
 *     (everything else); positive
 * @param options settings of one kind of storage, by name
 */
public record StorageConfig(
    Path directory, Durability durability, Duration deadline, Map<String, String> options) {

  /** When a commit counts as applied. */
  public enum Durability {
    /** When it would survive the loss of power. */
    SYNC,
    /**
     * When it is visible; it becomes safe from a crash within a time that the storage states in its
     * {@link Capabilities#asyncLag()}.
     */
    ASYNC
  }

  /**
   * Copies the options.
   *
   * @param directory folder that the storage owns, if it keeps files; it may not exist yet
   * @param durability when a commit counts as applied
   * @param deadline how long a single operation may take before the storage gives up on it with
   *     {@link CommitOutcome.Unknown} (commits) or {@link StorageException.Reason#UNAVAILABLE}
   *     (everything else); positive
   * @param options settings of one kind of storage, by name
   */
  public StorageConfig {
    options = Map.copyOf(options);
  }

  /**
   * Synchronous durability, a deadline of 30 seconds, no options.
   *
   * @param directory folder of the storage
   * @return a configuration
   */
  public static StorageConfig of(Path directory) {
    return new StorageConfig(directory, Durability.SYNC, Duration.ofSeconds(30), Map.of());
  }
}
