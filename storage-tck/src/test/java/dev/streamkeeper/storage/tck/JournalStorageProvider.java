package dev.streamkeeper.storage.tck;

import com.example.storage.MapStorageProvider;
import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A durable storage as simple as one can be, so that the kit's tests for durable ones run here. */
public final class JournalStorageProvider implements StorageProvider {

  @Override
  public String name() {
    return "journal";
  }

  @Override
  public StreamStorage open(StorageConfig config) {
    try {
      return new JournalStorage(config.directory(), new MapStorageProvider().open(config));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
