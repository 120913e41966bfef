/**
 * The test kit for storages.
 *
 * <p>The author of a storage extends one class and runs it like any JUnit test:
 *
 * <pre>{@code
 * class AcmeStorageContractTest extends StorageContractTest {
 *   @Override
 *   protected StorageProvider provider() {
 *     return new AcmeStorageProvider();
 *   }
 * }
 * }</pre>
 *
 * <p>{@link dev.streamkeeper.storage.tck.FaultyStorage} is for the other side, the users of
 * storages: it makes a good storage behave as badly as the contract allows.
 */
@NullMarked
package dev.streamkeeper.storage.tck;

import org.jspecify.annotations.NullMarked;
