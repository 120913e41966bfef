package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageConfig.Durability;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.tck.StorageContractTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

class AsyncLmdbStorageContractTest extends StorageContractTest {

  @Override
  protected StorageProvider provider() {
    return new LmdbStorageProvider();
  }

  @Override
  protected StorageConfig config(Path directory) {
    return new StorageConfig(directory, Durability.ASYNC, Duration.ofSeconds(30), Map.of());
  }
}
