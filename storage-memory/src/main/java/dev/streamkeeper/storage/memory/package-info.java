/**
 * A storage in the memory of the process: fast, and gone with the process.
 *
 * <pre>{@code
 * StorageConfig config = StorageConfig.of(Path.of("unused"));
 * try (StreamStorage storage = new MemoryStorageProvider().open(config)) {
 *   // ...
 * }
 * }</pre>
 */
@NullMarked
package dev.streamkeeper.storage.memory;

import org.jspecify.annotations.NullMarked;
