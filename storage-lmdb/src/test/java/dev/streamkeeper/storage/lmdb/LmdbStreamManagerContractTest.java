package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.storage.tck.StreamManagerContractTest;
import java.nio.file.Path;

class LmdbStreamManagerContractTest extends StreamManagerContractTest {

  @Override
  protected StreamStorage open(Path directory) {
    return new LmdbStorageProvider().open(StorageConfig.of(directory));
  }
}
