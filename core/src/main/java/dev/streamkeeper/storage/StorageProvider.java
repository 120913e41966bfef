package dev.streamkeeper.storage;

/**
 * Opens storages of one kind. Implementations are public, have a public constructor without
 * parameters, and are listed in {@code META-INF/services/dev.streamkeeper.storage.StorageProvider}.
 */
public interface StorageProvider {

  /**
   * What configurations call this kind, for example {@code lmdb}: lower-case letters and hyphens.
   *
   * @return the name; constant
   */
  String name();

  /**
   * Opens the storage, creating it where there is none. Takes constant time, however many streams
   * it holds. May block.
   *
   * @param config where to open it, and how
   * @return the storage, which its caller closes
   * @throws IllegalArgumentException if an option is unknown or has a bad value
   * @throws StorageException with reason {@link StorageException.Reason#UNAVAILABLE} if it cannot
   *     be opened (folder not writable, owned by another process, written by an unknown format
   *     version); the message is one line that tells an operator what to do
   */
  StreamStorage open(StorageConfig config);
}
