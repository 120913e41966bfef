package dev.streamkeeper.storage.memory;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.storage.tck.StreamManagerContractTest;
import java.nio.file.Path;

class MemoryStreamManagerContractTest extends StreamManagerContractTest {

  @Override
  protected StreamStorage open(Path directory) {
    return new MemoryStorageProvider().open(StorageConfig.of(directory));
  }
}
