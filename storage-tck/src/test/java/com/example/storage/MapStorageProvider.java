package com.example.storage;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;

/** Opens storages that are called {@code map} and keep everything in sorted maps. */
public final class MapStorageProvider implements StorageProvider {

  @Override
  public String name() {
    return "map";
  }

  @Override
  public StreamStorage open(StorageConfig config) {
    if (!config.options().isEmpty()) {
      throw new IllegalArgumentException("the storage 'map' has no options: " + config.options());
    }
    return new MapStorage();
  }
}
