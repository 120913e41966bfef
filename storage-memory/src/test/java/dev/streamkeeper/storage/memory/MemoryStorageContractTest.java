package dev.streamkeeper.storage.memory;

import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.tck.StorageContractTest;

class MemoryStorageContractTest extends StorageContractTest {

  @Override
  protected StorageProvider provider() {
    return new MemoryStorageProvider();
  }
}
