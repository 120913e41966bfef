package dev.streamkeeper;

import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * Streams, without HTTP: creates, appends, closes, forks, deletes, reads and lists the streams of
 * one or several storages.
 *
 * <p><b>Threads.</b> All methods may be called from any thread and never block. The futures
 * complete on the executor given to the {@linkplain StreamManagerBuilder#completionExecutor
 * builder}. {@link #blocking()} is the same for callers that may wait, such as virtual threads.
 *
 * <p><b>Atomicity and order.</b> An operation is applied as a whole or not at all. Operations on
 * one stream take effect one after the other, in the order in which they were called; operations on
 * different streams never wait for each other. Calls on one stream may overlap: they travel to the
 * storage together.
 *
 * <p><b>Durability.</b> An operation completes when its effect is durable in the sense of its
 * storage, and readers never see what is not.
 *
 * <p><b>Failures.</b> What the rules of the protocol say is a value, an outcome. A future fails
 * with {@link dev.streamkeeper.storage.StorageException} if the storage failed and surely nothing
 * was written, so that trying again is safe; and with {@link OutcomeUnknownException} if it could
 * not be found out whether something was written.
 */
public interface StreamManager extends AutoCloseable {

  /**
   * Starts to put a manager together.
   *
   * @return a builder without storages
   */
  static StreamManagerBuilder builder() {
    return new StreamManagerBuilder();
  }

  /**
   * Creates a stream or a fork, or makes sure that it exists as requested (PROTOCOL 5.1, 4.2).
   *
   * @param name the stream
   * @param request what it shall be
   * @return what became of it
   */
  CompletableFuture<CreateOutcome> create(StreamName name, CreateRequest request);

  /**
   * Appends, closes, or both (PROTOCOL 5.2, 5.3). Conditions are checked in this order: existence,
   * incarnation, closure, content type, body, producer, tail, {@code Stream-Seq}.
   *
   * @param name the stream
   * @param request what to append, and on which conditions
   * @return what became of it
   */
  CompletableFuture<AppendOutcome> append(StreamName name, AppendRequest request);

  /**
   * Closes a stream without appending; does nothing to a closed one (PROTOCOL 5.3).
   *
   * @param name the stream
   * @return what became of it
   */
  default CompletableFuture<AppendOutcome> close(StreamName name) {
    return append(name, AppendRequest.closing());
  }

  /**
   * Deletes a stream (PROTOCOL 5.4). One with forks keeps its name and bytes until the last of them
   * is deleted.
   *
   * @param name the stream
   * @param ifId delete only this incarnation, if present
   * @return what became of it
   */
  CompletableFuture<DeleteOutcome> delete(StreamName name, Optional<StreamId> ifId);

  /**
   * Says what a stream is like, without keeping it alive (PROTOCOL 5.5).
   *
   * @param name the stream
   * @return what it is like, or why that can't be said
   */
  CompletableFuture<MetadataOutcome> metadata(StreamName name);

  /**
   * Lists streams in the order of their names, over all storages. Streams that are deleted or
   * expired are not listed.
   *
   * @param prefix only names that begin with this; may be empty
   * @param after only names greater than this; may be empty
   * @param limit most streams in the page, 1 to 1,000
   * @return the page
   */
  CompletableFuture<StreamPage> list(String prefix, String after, int limit);

  /**
   * Reads from a stream, and keeps it alive (PROTOCOL 5.6, 5.7). With a {@linkplain
   * ReadRequest#patience wait}, a read at the end of an open stream completes as soon as something
   * is appended, the stream is closed or deleted, or, with an empty batch, when the time is over.
   * Cancelling the future ends the wait and frees what it holds. {@link Batch#messages()} takes a
   * JSON batch apart.
   *
   * @param name the stream
   * @param request from where, how much and how long to wait
   * @return what was read, or why nothing could be
   */
  CompletableFuture<ReadOutcome> read(StreamName name, ReadRequest request);

  /**
   * Follows a stream: publishes what it holds and what is appended later, in order and without
   * gaps, as fast as the subscriber asks for it, and completes at the end of a closed stream. Each
   * subscriber gets its own view. It fails with {@link StreamUnreadableException} if the stream
   * can't be read (any more).
   *
   * @param name the stream
   * @param request where to begin, how many bytes a batch has at most, which incarnation; its
   *     patience is ignored
   * @return the publisher
   */
  Flow.Publisher<Batch> subscribe(StreamName name, ReadRequest request);

  /**
   * The same operations for callers that may block.
   *
   * @return a view of this manager
   */
  default BlockingStreams blocking() {
    return new BlockingStreams(this);
  }

  /**
   * Refuses new operations, waits until those under way are finished and durable, ends waiting
   * reads and closes the storages. Blocks.
   */
  @Override
  void close();
}
