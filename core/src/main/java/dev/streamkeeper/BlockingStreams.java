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

  /**
   * {@link StreamManager#create}.
   *
   * @param name the stream
   * @param request what it shall be
   * @return what became of it
   */
  public CreateOutcome create(StreamName name, CreateRequest request) {
    return await(manager.create(name, request));
  }

  /**
   * {@link StreamManager#append}.
   *
   * @param name the stream
   * @param request what to append, and on which conditions
   * @return what became of it
   */
  public AppendOutcome append(StreamName name, AppendRequest request) {
    return await(manager.append(name, request));
  }

  /**
   * {@link StreamManager#close(StreamName)}.
   *
   * @param name the stream
   * @return what became of it
   */
  public AppendOutcome close(StreamName name) {
    return await(manager.close(name));
  }

  /**
   * {@link StreamManager#delete}, whatever the incarnation.
   *
   * @param name the stream
   * @return what became of it
   */
  public DeleteOutcome delete(StreamName name) {
    return await(manager.delete(name, Optional.empty()));
  }

  /**
   * {@link StreamManager#delete} of one incarnation.
   *
   * @param name the stream
   * @param ifId delete only this incarnation
   * @return what became of it
   */
  public DeleteOutcome delete(StreamName name, StreamId ifId) {
    return await(manager.delete(name, Optional.of(ifId)));
  }

  /**
   * {@link StreamManager#metadata}.
   *
   * @param name the stream
   * @return what it is like, or why that can't be said
   */
  public MetadataOutcome metadata(StreamName name) {
    return await(manager.metadata(name));
  }

  /**
   * {@link StreamManager#list}.
   *
   * @param prefix only names that begin with this; may be empty
   * @param after only names greater than this; may be empty
   * @param limit most streams in the page, 1 to 1,000
   * @return the page
   */
  public StreamPage list(String prefix, String after, int limit) {
    return await(manager.list(prefix, after, limit));
  }

  /**
   * {@link StreamManager#read}.
   *
   * @param name the stream
   * @param request from where, how much and how long to wait
   * @return what was read, or why nothing could be
   */
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
