package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.StorageProvider;

class JournalStorageContractTest extends StorageContractTest {

  @Override
  protected StorageProvider provider() {
    return new JournalStorageProvider();
  }
}
