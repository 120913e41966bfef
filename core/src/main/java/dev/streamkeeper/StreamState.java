package dev.streamkeeper;

import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A stream as the rules see it, without its bytes and producers. Immutable; times are milliseconds
 * since 1970, positions count stored bytes.
 *
 * @param accessedAt when it was last read or appended to, as far as is known
 * @param accessBound when it may have been at the latest, as is written down: not before {@code
 *     accessedAt}, and so far ahead that most reads need not be written down
 * @param start where its own bytes begin: the fork point, or 0
 * @param messages number of messages appended to it so far
 * @param closedBy the producer's append that closed it, if one did
 * @param lastSeq greatest {@code Stream-Seq} so far
 * @param history what retention dropped and may drop next
 * @param origin where it was forked from, if it was
 * @param references number of forks that read from it
 * @param pinnedTo end of what those forks read from it
 */
record StreamState(
    StreamId id,
    Lifecycle lifecycle,
    ContentType contentType,
    Expiry expiry,
    Retention retention,
    long createdAt,
    long accessedAt,
    long accessBound,
    long start,
    long tail,
    long messages,
    boolean closed,
    Optional<ProducerStamp> closedBy,
    Optional<String> lastSeq,
    History history,
    Optional<Origin> origin,
    long references,
    long pinnedTo) {

  /** A fork that its creator did not finish within this time is taken back. */
  static final Duration FORKING_LIMIT = Duration.ofMinutes(1);

  /** What can be done with a stream. */
  enum Lifecycle {
    /** Anything. */
    ACTIVE,
    /** Nothing yet: it is being forked, and its source may or may not know. */
    FORKING,
    /** Nothing but reading through its forks. */
    SOFT_DELETED,
    /** Nothing any more: its source still has to forget it. */
    DELETING
  }

  /**
   * Where a fork came from.
   *
   * @param requested the offset that its creator named, if any
   * @param subOffset the sub-offset that its creator named
   */
  record Origin(StreamName source, StreamId sourceId, Optional<Offset> requested, long subOffset) {}

  /** When it ends if nobody uses it again. */
  OptionalLong deadline() {
    if (expiry instanceof Expiry.Ttl ttl) {
      return OptionalLong.of(accessedAt + ttl.window().toMillis());
    }
    if (expiry instanceof Expiry.At at) {
      return OptionalLong.of(at.deadline().toEpochMilli());
    }
    return OptionalLong.empty();
  }

  boolean expiredAt(long now) {
    OptionalLong deadline = deadline();
    return deadline.isPresent() && deadline.getAsLong() <= now;
  }

  /** When the storage shall bring the stream up for a sweep. */
  Optional<Instant> due() {
    return switch (lifecycle) {
      case DELETING -> Optional.of(Instant.EPOCH);
      case FORKING -> Optional.of(Instant.ofEpochMilli(createdAt).plus(FORKING_LIMIT));
      case SOFT_DELETED -> Optional.empty();
      case ACTIVE -> {
        long first =
            Math.min(
                expiry instanceof Expiry.Ttl ttl
                    ? accessBound + ttl.window().toMillis()
                    : deadline().orElse(Long.MAX_VALUE),
                history.nextDrop(retention).orElse(Long.MAX_VALUE));
        yield first == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(first));
      }
    };
  }

  /** First position that can be read. */
  long earliest(long now) {
    return history.earliest(retention, now);
  }

  StreamState with(Lifecycle next) {
    return new StreamState(
        id,
        next,
        contentType,
        expiry,
        retention,
        createdAt,
        accessedAt,
        accessBound,
        start,
        tail,
        messages,
        closed,
        closedBy,
        lastSeq,
        history,
        origin,
        references,
        pinnedTo);
  }

  /**
   * Whether an access has to be written down so that a crash can't make the stream expire early.
   */
  boolean needsTouch(long now) {
    return accessed(now).accessBound() != accessBound;
  }

  /** Used at a time that is not to be written down. */
  StreamState usedAt(long now) {
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        now,
        accessBound,
        start,
        tail,
        messages,
        closed,
        closedBy,
        lastSeq,
        history,
        origin,
        references,
        pinnedTo);
  }

  /** The bound moves by a sixteenth of the time-to-live, and only when it is almost reached. */
  StreamState accessed(long now) {
    long slack = expiry instanceof Expiry.Ttl ttl ? ttl.window().toMillis() / 16 : 0;
    long bound = now + slack / 2 > accessBound ? now + slack : accessBound;
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        now,
        bound,
        start,
        tail,
        messages,
        closed,
        closedBy,
        lastSeq,
        history,
        origin,
        references,
        pinnedTo);
  }

  StreamState closedBy(Optional<ProducerStamp> closer) {
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        accessedAt,
        accessBound,
        start,
        tail,
        messages,
        true,
        closer,
        lastSeq,
        history,
        origin,
        references,
        pinnedTo);
  }

  StreamState withSeq(String seq) {
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        accessedAt,
        accessBound,
        start,
        tail,
        messages,
        closed,
        closedBy,
        Optional.of(seq),
        history,
        origin,
        references,
        pinnedTo);
  }

  StreamState withReferences(long count, long pinned) {
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        accessedAt,
        accessBound,
        start,
        tail,
        messages,
        closed,
        closedBy,
        lastSeq,
        history,
        origin,
        count,
        pinned);
  }

  StreamState swept(long now) {
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        accessedAt,
        accessBound,
        start,
        tail,
        messages,
        closed,
        closedBy,
        lastSeq,
        history.sweep(retention, now),
        origin,
        references,
        pinnedTo);
  }

  /** With a body appended, and what retention then has to drop dropped. */
  StreamState appended(Content content, long now) {
    History grown = history;
    if (!retention.isUnlimited()) {
      grown = history.append(retention, content.messages(), tail, messages, now);
    }
    return new StreamState(
        id,
        lifecycle,
        contentType,
        expiry,
        retention,
        createdAt,
        accessedAt,
        accessBound,
        start,
        tail + content.stored().length(),
        messages + content.messages().count(),
        closed,
        closedBy,
        lastSeq,
        grown,
        origin,
        references,
        pinnedTo);
  }
}
