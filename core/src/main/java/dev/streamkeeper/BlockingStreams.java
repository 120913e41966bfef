package dev.streamkeeper;

import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * {@link StreamManager} for callers that may wait: each method returns when the operation is done.
 * Made for virtual threads, on which waiting costs nothing; never call it on an event loop or on
 * the manager's completion executor. Failures are thrown as they are, not wrapped. Thread-safe.
 */
public final class BlockingStreams {

  private final StreamManager manager;

  BlockingStreams(StreamManager manager) {
    this.manager = manager;
  }

  /** {@link StreamManager#create}. */
  public CreateOutcome create(StreamName name, CreateRequest request) {
    return await(manager.create(name, request));
  }

  /** {@link StreamManager#append}. */
  public AppendOutcome append(StreamName name, AppendRequest request) {
    return await(manager.append(name, request));
  }

  /** {@link StreamManager#close(StreamName)}. */
  public AppendOutcome close(StreamName name) {
    return await(manager.close(name));
  }

  /** {@link StreamManager#delete}, whatever the incarnation. */
  public DeleteOutcome delete(StreamName name) {
    return await(manager.delete(name, Optional.empty()));
  }

  /** {@link StreamManager#delete} of one incarnation. */
  public DeleteOutcome delete(StreamName name, StreamId ifId) {
    return await(manager.delete(name, Optional.of(ifId)));
  }

  /** {@link StreamManager#metadata}. */
  public MetadataOutcome metadata(StreamName name) {
    return await(manager.metadata(name));
  }

  /** {@link StreamManager#list}. */
  public StreamPage list(String prefix, String after, int limit) {
    return await(manager.list(prefix, after, limit));
  }

  /** {@link StreamManager#read}. */
  public ReadOutcome read(StreamName name, ReadRequest request) {
    return await(manager.read(name, request));
  }

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
