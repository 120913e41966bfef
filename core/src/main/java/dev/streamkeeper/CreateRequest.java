package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Retention;
import java.util.Optional;

/**
 * A creation or a fork (PROTOCOL 5.1, 4.2). Start from {@link #of} or {@link #fork} and add to it.
 *
 * @param contentType the stream's; where absent, the source's for a fork and {@code
 *     application/octet-stream} otherwise
 * @param expiry when it ends by itself; where absent, the source's for a fork and never otherwise
 * @param retention how much it keeps; where absent, the source's for a fork and the manager's
 *     default otherwise
 * @param closed whether it is closed from the start
 * @param initial its first bytes, which for a closed stream are all it will ever have
 * @param fork where it begins in another stream, if it is a fork
 * @param storage name of the storage to keep it in; where absent, the source's for a fork and the
 *     manager's default otherwise
 */
public record CreateRequest(
    Optional<ContentType> contentType,
    Optional<Expiry> expiry,
    Optional<Retention> retention,
    boolean closed,
    Bytes initial,
    Optional<ForkPoint> fork,
    Optional<String> storage) {

  /**
   * An empty, open stream that never expires.
   *
   * @param contentType the stream's
   * @return a request that takes every default
   */
  public static CreateRequest of(ContentType contentType) {
    return new CreateRequest(
        Optional.of(contentType),
        Optional.empty(),
        Optional.empty(),
        false,
        Bytes.EMPTY,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * A fork that takes everything from its source.
   *
   * @param fork the source and where in it the fork begins
   * @return a request that takes every default
   */
  public static CreateRequest fork(ForkPoint fork) {
    return new CreateRequest(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Bytes.EMPTY,
        Optional.of(fork),
        Optional.empty());
  }

  /**
   * The same with an expiry.
   *
   * @param when when the stream ends by itself
   * @return a copy with this change
   */
  public CreateRequest expiring(Expiry when) {
    return new CreateRequest(
        contentType, Optional.of(when), retention, closed, initial, fork, storage);
  }

  /**
   * The same with a retention.
   *
   * @param limits how much the stream keeps
   * @return a copy with this change
   */
  public CreateRequest keeping(Retention limits) {
    return new CreateRequest(
        contentType, expiry, Optional.of(limits), closed, initial, fork, storage);
  }

  /**
   * The same, closed from the start.
   *
   * @return a copy with this change
   */
  public CreateRequest alreadyClosed() {
    return new CreateRequest(contentType, expiry, retention, true, initial, fork, storage);
  }

  /**
   * The same with first bytes: a JSON value or array in JSON mode.
   *
   * @param body the bytes as they were sent
   * @return a copy with this change
   */
  public CreateRequest withInitial(Bytes body) {
    return new CreateRequest(contentType, expiry, retention, closed, body, fork, storage);
  }

  /**
   * The same in a named storage.
   *
   * @param storageName what {@link StreamManagerBuilder} calls the storage
   * @return a copy with this change
   */
  public CreateRequest in(String storageName) {
    return new CreateRequest(
        contentType, expiry, retention, closed, initial, fork, Optional.of(storageName));
  }
}
