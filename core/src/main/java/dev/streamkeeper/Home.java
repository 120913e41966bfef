package dev.streamkeeper;

import dev.streamkeeper.storage.StreamStorage;

/**
 * A storage as the engine knows it.
 *
 * @param name what requests call it
 */
record Home(String name, StreamStorage storage) {

  boolean isShared() {
    return storage.capabilities().shared();
  }

  int maxCommitBytes() {
    return storage.capabilities().maxCommitBytes();
  }
}
