package dev.streamkeeper;

import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamId;
import java.util.Optional;

/**
 * A change that somebody wants on one stream.
 *
 * @param <O> what it answers
 */
sealed interface Command<O> {

  /**
   * Create the stream, unless it is there.
   *
   * @param request as it came, for the comparison with what is there
   * @param id identity of the new incarnation
   * @param fork what the source gave, for a fork
   */
  record Create(
      CreateRequest request,
      StreamId id,
      ContentType contentType,
      Expiry expiry,
      Retention retention,
      Content initial,
      Optional<ForkBase> fork)
      implements Command<CreateOutcome> {}

  /**
   * What a fork takes from its source.
   *
   * @param point where it begins
   * @param earliest first position it can read
   */
  record ForkBase(StreamState.Origin origin, long point, long earliest, Ancestry ancestry) {}

  /** Make a stream that is being forked usable, now that its source knows of it. */
  record Activate(Create create) implements Command<CreateOutcome> {}

  record Append(AppendRequest request) implements Command<AppendOutcome> {}

  record Delete(Optional<StreamId> ifId) implements Command<DeleteOutcome> {}

  /** Write down that somebody read the stream. */
  record Touch(StreamId id, long accessedAt) implements Command<Boolean> {}

  /**
   * Expire, and drop what retention says, if it is time.
   *
   * @param inUse whether somebody waits for the stream's data, which keeps it from idling
   * @param forkAbandoned whether a fork that was not finished surely never will be
   */
  record Sweep(boolean inUse, boolean forkAbandoned) implements Command<Boolean> {}

  /**
   * Remember a fork that reads up to a position.
   *
   * @param id the incarnation that was forked
   */
  record Reference(StreamId id, StreamId fork, long point) implements Command<ReferenceOutcome> {}

  /** Forget a fork. */
  record Dereference(StreamId id, StreamId fork) implements Command<ReferenceOutcome> {}

  /** Remove a stream that its source has forgotten. */
  record Remove(StreamId id) implements Command<Boolean> {}

  /** Key of the stored entry that the decision depends on, if there is one. */
  default Optional<String> entryKey() {
    if (this instanceof Append append) {
      return append.request().producer().map(stamp -> StateCodec.producerKey(stamp.producerId()));
    }
    if (this instanceof Reference reference) {
      return Optional.of(StateCodec.forkKey(reference.fork()));
    }
    if (this instanceof Dereference dereference) {
      return Optional.of(StateCodec.forkKey(dereference.fork()));
    }
    return Optional.empty();
  }

  /** Bytes that it may append. */
  default int size() {
    if (this instanceof Append append) {
      return append.request().content().stored().length();
    }
    if (this instanceof Create create) {
      return create.initial().stored().length();
    }
    return 0;
  }

  /** What a source says to its fork. */
  enum ReferenceOutcome {
    DONE,
    SOURCE_NOT_FOUND,
    SOURCE_GONE
  }
}
