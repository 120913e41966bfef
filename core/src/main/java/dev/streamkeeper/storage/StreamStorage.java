package dev.streamkeeper.storage;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * An open storage.
 *
 * <p>All methods may be called from any thread and return without blocking: what can wait (disk,
 * network, page faults) happens on threads of the storage's own. Stages may complete on the calling
 * thread or on a thread of the storage; the engine never blocks in what it attaches to them. A
 * stage completes within the {@linkplain StorageConfig#deadline() deadline}.
 *
 * <p>A failed stage carries a {@link StorageException}. Anything else that a commit's stage fails
 * with counts as {@link CommitOutcome.Unknown}.
 *
 * <p><b>Order.</b> Commits of one stream that are submitted one after the other, without waiting,
 * take effect in that order. Once a commit has completed as applied, every later {@link #load}, and
 * every {@link #read} below the new end, sees it; and so do loads after a {@link
 * CommitOutcome.Conflict} see what it conflicted with. {@link #list} and {@link #due} may be
 * slightly stale on a shared storage.
 *
 * <p><b>Crash.</b> In the durable modes an applied commit survives; an incomplete one is found
 * applied as a whole or not at all.
 */
public interface StreamStorage extends AutoCloseable {

  /**
   * What this storage can do; constant.
   *
   * @return what it can do
   */
  Capabilities capabilities();

  /**
   * Loads a stream's metadata and some of its entries, all as of one moment.
   *
   * @param name the stream
   * @param entries keys of the entries wanted; unknown ones are ignored
   * @return the stream, or empty if nothing is stored under the name
   */
  CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries);

  /**
   * Changes one stream, atomically and conditionally. Completes when the outcome is known and, if
   * applied, durable.
   *
   * <p>Fails with {@link StorageException} only if surely nothing was written: {@link
   * StorageException.Reason#FULL} where there is no room, {@link
   * StorageException.Reason#UNAVAILABLE} where the storage refuses, and {@link
   * StorageException.Reason#CLOSED} after {@link #close}.
   *
   * @param commit the change and its condition
   * @return what became of it
   */
  CompletionStage<CommitOutcome> commit(Commit commit);

  /**
   * Reads bytes that were appended to an incarnation.
   *
   * @param id the incarnation
   * @param from first position
   * @param to end, exclusive, at most 16 MiB after {@code from}
   * @return exactly {@code to - from} bytes. Fails with {@link StorageException.Reason#CORRUPT} if
   *     they are damaged or not all there, which is also the answer where the incarnation was
   *     removed or the range reclaimed meanwhile
   */
  CompletionStage<Bytes> read(StreamId id, long from, long to);

  /**
   * Lists streams in the order of their names' UTF-8 bytes.
   *
   * @param prefix only names that begin with this; may be empty
   * @param after only names greater than this; may be empty
   * @param limit most streams to return, 1 to 10,000
   * @return the first streams that fit, without entries; fewer than {@code limit} only at the end
   */
  CompletionStage<List<StoredStream>> list(String prefix, String after, int limit);

  /**
   * Finds streams whose {@linkplain Commit.Change.Put#due() due time} has come, the earliest first.
   * Does not scan streams that are not due.
   *
   * @param now streams with a due time at or before this
   * @param limit most names to return, 1 to 10,000
   * @return the names, or none
   */
  CompletionStage<List<StreamName>> due(Instant now, int limit);

  /**
   * Says that a range of an incarnation's bytes will never be read again. The storage frees what it
   * can of it, in the background; repeated and overlapping calls are harmless. Completes when the
   * wish is noted; a crash may lose it, and the engine then says it again sometime.
   *
   * @param id the incarnation
   * @param from first position
   * @param to end, exclusive
   * @return completes when the wish is noted
   */
  CompletionStage<Void> reclaim(StreamId id, long from, long to);

  /**
   * Asks for hints that a stream was changed by another process. Hints may be lost, late, repeated
   * or merged. A storage that is not {@linkplain Capabilities#shared() shared} never gives any.
   *
   * @param hint called on a thread of the storage; does not block
   * @return stops the hints when closed
   */
  Watch watch(Consumer<StreamName> hint);

  /**
   * Finishes the commits that were submitted, makes them durable, and frees all resources. Later
   * calls of other methods fail with {@link StorageException.Reason#CLOSED}. Repeated calls do
   * nothing. Blocks.
   */
  @Override
  void close();

  /** A registration for hints. */
  interface Watch extends AutoCloseable {

    /** No hints come any more when this returns, except one that is being delivered. */
    @Override
    void close();
  }
}
