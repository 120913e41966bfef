package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.tck.StorageContractTest;

class LmdbStorageContractTest extends StorageContractTest {

  @Override
  protected StorageProvider provider() {
    return new LmdbStorageProvider();
  }
}
