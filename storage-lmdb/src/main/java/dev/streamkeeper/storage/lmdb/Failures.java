package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbNativeException;
import org.lmdbjava.Txn;

/** What LMDB's failures mean. */
final class Failures {

  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;

  private Failures() {}

  /** Whether there was no room: then the transaction is void, and the next one may fit. */
  static boolean isFull(RuntimeException failure) {
    return failure instanceof Env.MapFullException
        || failure instanceof Txn.TxFullException
        || (failure instanceof LmdbNativeException lmdb
            && (lmdb.getResultCode() == ENOSPC || lmdb.getResultCode() == EDQUOT));
  }

  static StorageException full(RuntimeException cause) {
    return new StorageException(
        Reason.FULL,
        cause instanceof Env.MapFullException
            ? "the LMDB map is full: raise map-size or delete streams"
            : "the disk is full: free space or delete streams",
        cause);
  }

  static StorageException broken(Throwable cause) {
    return new StorageException(
        Reason.UNAVAILABLE,
        "writing to the data folder failed, so nothing more is acknowledged until a restart: "
            + cause.getMessage(),
        cause);
  }

  static StorageException closed() {
    return new StorageException(Reason.CLOSED, "the LMDB storage is closed");
  }
}
