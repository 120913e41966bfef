package com.example.storage;

import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.tck.StorageContractTest;

class MapStorageContractTest extends StorageContractTest {

  @Override
  protected StorageProvider provider() {
    return new MapStorageProvider();
  }
}
