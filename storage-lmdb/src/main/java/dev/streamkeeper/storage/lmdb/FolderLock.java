package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The sign that a folder has an owner; the operating system takes it back when the owner dies. */
final class FolderLock implements AutoCloseable {

  private static final String FILE = "owner.lock";

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  static FolderLock acquire(Path directory) {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new StorageException(
          Reason.UNAVAILABLE, "data folder " + directory + " is not writable: " + e, e);
    }
    if (tryLock(channel) == null) {
      close(channel);
      throw new StorageException(
          Reason.UNAVAILABLE,
          "data folder " + directory + " is in use by another Streamkeeper process");
    }
    return new FolderLock(channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    } catch (IOException e) {
      close(channel);
      throw new StorageException(
          Reason.UNAVAILABLE, "the data folder's lock can't be taken: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    close(channel);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
