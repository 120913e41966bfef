package dev.streamkeeper;

import dev.streamkeeper.AppendOutcome.ProducerPosition;
import dev.streamkeeper.Command.ReferenceOutcome;
import dev.streamkeeper.CreateOutcome.Created;
import dev.streamkeeper.StreamState.Lifecycle;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.StreamName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Every rule of the protocol about changing a stream, as pure functions: from the stream as it is,
 * a command, the one stored entry that the command depends on, and the time, to a {@link Decision}.
 */
final class Decider {

  private final StreamName name;
  private final String storage;

  /**
   * Decides for one stream.
   *
   * @param storage name of the storage that keeps it, for answers
   */
  Decider(StreamName name, String storage) {
    this.name = name;
    this.storage = storage;
  }

  /**
   * Decides on a command.
   *
   * @param found the stream, if anything is stored under its name
   * @param entry what is stored under the command's {@link Command#entryKey()}
   */
  @SuppressWarnings("unchecked") // each branch answers what its command's type argument says
  <O> Decision<O> decide(
      Optional<StreamState> found, Command<O> command, Optional<Bytes> entry, long now) {
    Decision<?> decision;
    if (command instanceof Command.Append append) {
      decision = append(found, append.request(), entry, now);
    } else if (command instanceof Command.Create create) {
      decision = create(found, create, now);
    } else if (command instanceof Command.Activate activate) {
      decision = activate(found, activate.create(), now);
    } else if (command instanceof Command.Delete delete) {
      decision = delete(found, delete, now);
    } else if (command instanceof Command.Touch touch) {
      decision = touch(found, touch);
    } else if (command instanceof Command.Sweep sweep) {
      decision = sweep(found, sweep, now);
    } else if (command instanceof Command.Reference reference) {
      decision = reference(found, reference, entry, now);
    } else if (command instanceof Command.Dereference dereference) {
      decision = dereference(found, dereference, entry);
    } else {
      decision = remove(found, (Command.Remove) command);
    }
    return (Decision<O>) decision;
  }

  // ---- append and close: PROTOCOL 5.2, 5.2.1, 5.3
  // ------------------------------------------------

  private static Decision<AppendOutcome> append(
      Optional<StreamState> found, AppendRequest request, Optional<Bytes> entry, long now) {
    Visibility visibility = Visibility.of(found, now);
    if (visibility != Visibility.VISIBLE) {
      return Decision.answer(
          visibility == Visibility.GONE ? new StreamGone() : new StreamNotFound());
    }
    StreamState state = found.orElseThrow();
    if (request.ifId().isPresent() && !request.ifId().get().equals(state.id())) {
      return Decision.answer(new StreamReplaced(state.id()));
    }
    Content content = request.content();
    if (state.closed()) {
      return Decision.answer(appendToClosed(state, request));
    }
    if (content.isEmpty() && !request.close()) {
      return Decision.answer(new AppendOutcome.EmptyBody(false));
    }
    if (!content.isEmpty()) {
      if (!content.type().matches(state.contentType())) {
        return Decision.answer(
            new AppendOutcome.ContentTypeMismatch(state.contentType(), content.type()));
      }
      if (content.messages() instanceof Messages.Malformed bad) {
        return Decision.answer(invalid(bad));
      }
      if (content.messages().count() == 0) {
        return Decision.answer(new AppendOutcome.EmptyBody(true));
      }
    }

    Map<String, Optional<Bytes>> entries = new HashMap<>();
    Optional<ProducerPosition> position = Optional.empty();
    if (request.producer().isPresent()) {
      ProducerStamp stamp = request.producer().get();
      ProducerState known = entry.map(StateCodec::decodeProducer).orElse(ProducerState.UNKNOWN);
      Optional<AppendOutcome> refusal = checkProducer(state, stamp, known);
      if (refusal.isPresent()) {
        return Decision.answer(refusal.get());
      }
      ProducerState advanced = new ProducerState(stamp.epoch(), stamp.seq());
      entries.put(
          StateCodec.producerKey(stamp.producerId()), Optional.of(StateCodec.encode(advanced)));
      position = Optional.of(new ProducerPosition(stamp.epoch(), stamp.seq()));
    }
    if (request.ifTail().isPresent() && request.ifTail().get().position() != state.tail()) {
      return Decision.answer(new AppendOutcome.TailMoved(new Offset(state.tail())));
    }

    StreamState next = state.accessed(now);
    if (request.seq().isPresent()) {
      if (state.lastSeq().isPresent() && !isGreater(request.seq().get(), state.lastSeq().get())) {
        return Decision.answer(new AppendOutcome.SeqConflict(state.lastSeq().get()));
      }
      next = next.withSeq(request.seq().get());
    }
    if (!content.isEmpty()) {
      next = next.appended(content, now);
    }
    if (request.close()) {
      next = next.closedBy(request.producer());
    }
    return Decision.put(
        next,
        content.stored(),
        entries,
        new AppendOutcome.Appended(
            state.id(), new Offset(next.tail()), next.closed(), !content.isEmpty(), position));
  }

  private static AppendOutcome appendToClosed(StreamState state, AppendRequest request) {
    Offset tail = new Offset(state.tail());
    if (request.producer().isPresent() && request.producer().equals(state.closedBy())) {
      ProducerStamp stamp = request.producer().get();
      return new AppendOutcome.Duplicate(
          state.id(), tail, true, Optional.of(new ProducerPosition(stamp.epoch(), stamp.seq())));
    }
    return request.close() && request.content().isEmpty() && request.producer().isEmpty()
        ? new AppendOutcome.Duplicate(state.id(), tail, true, Optional.empty())
        : new AppendOutcome.Closed(tail);
  }

  private static Optional<AppendOutcome> checkProducer(
      StreamState state, ProducerStamp stamp, ProducerState known) {
    if (stamp.epoch() < known.epoch()) {
      return Optional.of(new AppendOutcome.ProducerFenced(known.epoch()));
    }
    if (known.equals(ProducerState.UNKNOWN)) {
      return stamp.seq() == 0
          ? Optional.empty()
          : Optional.of(new AppendOutcome.ProducerGap(0, stamp.seq()));
    }
    if (stamp.epoch() > known.epoch()) {
      return stamp.seq() == 0
          ? Optional.empty()
          : Optional.of(new AppendOutcome.ProducerEpochNotAtZero(stamp.seq()));
    }
    if (stamp.seq() <= known.seq()) {
      return Optional.of(
          new AppendOutcome.Duplicate(
              state.id(),
              new Offset(state.tail()),
              state.closed(),
              Optional.of(new ProducerPosition(known.epoch(), known.seq()))));
    }
    return stamp.seq() == known.seq() + 1
        ? Optional.empty()
        : Optional.of(new AppendOutcome.ProducerGap(known.seq() + 1, stamp.seq()));
  }

  /** Byte by byte, as the protocol compares sequences. */
  private static boolean isGreater(String seq, String last) {
    return Arrays.compareUnsigned(
            seq.getBytes(StandardCharsets.UTF_8), last.getBytes(StandardCharsets.UTF_8))
        > 0;
  }

  private static AppendOutcome.InvalidBody invalid(Messages.Malformed bad) {
    return new AppendOutcome.InvalidBody(bad.why(), bad.line(), bad.column(), bad.byteOffset());
  }

  // ---- create and fork: PROTOCOL 5.1, 4.2
  // --------------------------------------------------------

  private Decision<CreateOutcome> create(
      Optional<StreamState> found, Command.Create create, long now) {
    Visibility visibility = Visibility.of(found, now);
    if (visibility == Visibility.VISIBLE) {
      return Decision.answer(compare(found.orElseThrow(), create.request(), now));
    }
    if (visibility == Visibility.GONE) {
      return Decision.answer(new StreamGone());
    }
    if (create.initial().messages() instanceof Messages.Malformed bad) {
      return Decision.answer(invalid(bad));
    }
    StreamState empty = begin(create, now).accessed(now);
    if (create.fork().isPresent()) {
      // Nobody may use the fork before its source knows of it.
      return Decision.put(empty, new Created(describe(empty, now)));
    }
    StreamState filled = fill(empty, create, now);
    return Decision.put(
        filled, create.initial().stored(), Map.of(), new Created(describe(filled, now)));
  }

  private Decision<CreateOutcome> activate(
      Optional<StreamState> found, Command.Create create, long now) {
    boolean ours =
        found.isPresent()
            && found.get().id().equals(create.id())
            && found.get().lifecycle() == Lifecycle.FORKING;
    if (!ours) {
      return Decision.answer(new CreateOutcome.SourceNotFound());
    }
    StreamState active = fill(found.get().with(Lifecycle.ACTIVE), create, now);
    Bytes ancestry = StateCodec.encode(create.fork().orElseThrow().ancestry());
    return Decision.put(
        active,
        create.initial().stored(),
        Map.of(StateCodec.ANCESTRY_KEY, Optional.of(ancestry)),
        new Created(describe(active, now)));
  }

  private static StreamState begin(Command.Create create, long now) {
    Optional<Command.ForkBase> fork = create.fork();
    long start = fork.map(Command.ForkBase::point).orElse(0L);
    long earliest = fork.map(Command.ForkBase::earliest).orElse(0L);
    return new StreamState(
        create.id(),
        fork.isPresent() ? Lifecycle.FORKING : Lifecycle.ACTIVE,
        create.contentType(),
        create.expiry(),
        create.retention(),
        now,
        now,
        now,
        start,
        start,
        0,
        false,
        Optional.empty(),
        Optional.empty(),
        History.inherited(earliest, start, create.retention(), now),
        fork.map(Command.ForkBase::origin),
        0,
        0);
  }

  private static StreamState fill(StreamState empty, Command.Create create, long now) {
    StreamState filled =
        create.initial().messages().count() == 0 ? empty : empty.appended(create.initial(), now);
    return create.request().closed() ? filled.closedBy(Optional.empty()) : filled;
  }

  private CreateOutcome compare(StreamState state, CreateRequest request, long now) {
    String difference = difference(state, request);
    StreamInfo info = describe(state, now);
    return difference.isEmpty()
        ? new CreateOutcome.Existing(info)
        : new CreateOutcome.Mismatch(info, difference);
  }

  /** What was asked for and is not so; what a fork may inherit counts only if it was asked for. */
  private String difference(StreamState state, CreateRequest request) {
    boolean forked = request.fork().isPresent();
    if (forked != state.origin().isPresent()) {
      return forked ? "the existing stream is not a fork" : "the existing stream is a fork";
    }
    if (forked && !sameFork(request.fork().get(), state.origin().get())) {
      return "the existing stream was forked from elsewhere";
    }
    boolean typeMatters = request.contentType().isPresent() || !forked;
    ContentType type = request.contentType().orElse(ContentType.OCTET_STREAM);
    if (typeMatters && !type.matches(state.contentType())) {
      return "its content type is " + state.contentType();
    }
    boolean expiryMatters = request.expiry().isPresent() || !forked;
    if (expiryMatters && !request.expiry().orElse(Expiry.NEVER).equals(state.expiry())) {
      return "its expiry is " + state.expiry();
    }
    if (request.retention().isPresent() && !request.retention().get().equals(state.retention())) {
      return "its retention is " + state.retention();
    }
    if (request.closed() != state.closed()) {
      return state.closed() ? "it is closed" : "it is not closed";
    }
    if (request.storage().isPresent() && !request.storage().get().equals(storage)) {
      return "it is kept in storage '" + storage + "'";
    }
    return "";
  }

  private static boolean sameFork(ForkPoint asked, StreamState.Origin origin) {
    return asked.source().equals(origin.source())
        && asked.subOffset() == origin.subOffset()
        && (asked.offset().isEmpty() || asked.offset().equals(origin.requested()));
  }

  // ---- delete, expire, forget: PROTOCOL 5.4, 4.2 ------------------------------------------------

  private static Decision<DeleteOutcome> delete(
      Optional<StreamState> found, Command.Delete delete, long now) {
    Visibility visibility = Visibility.of(found, now);
    if (visibility != Visibility.VISIBLE) {
      return Decision.answer(
          visibility == Visibility.GONE ? new StreamGone() : new StreamNotFound());
    }
    StreamState state = found.orElseThrow();
    if (delete.ifId().isPresent() && !delete.ifId().get().equals(state.id())) {
      return Decision.answer(new StreamReplaced(state.id()));
    }
    return end(state, new DeleteOutcome.Deleted(state.references() > 0));
  }

  /** Ends a stream's life in the way that its relatives demand. */
  private static <O> Decision<O> end(StreamState state, O outcome) {
    if (state.references() > 0) {
      return Decision.put(state.with(Lifecycle.SOFT_DELETED), outcome);
    }
    return state.origin().isPresent()
        ? Decision.put(state.with(Lifecycle.DELETING), outcome)
        : Decision.remove(outcome);
  }

  private static Decision<Boolean> sweep(
      Optional<StreamState> found, Command.Sweep sweep, long now) {
    if (found.isEmpty()) {
      return Decision.answer(false);
    }
    StreamState state = found.get();
    if (state.lifecycle() == Lifecycle.FORKING) {
      boolean abandoned = sweep.forkAbandoned() || state.due().orElseThrow().toEpochMilli() <= now;
      return abandoned
          ? Decision.put(state.with(Lifecycle.DELETING), true)
          : Decision.answer(false);
    }
    if (state.lifecycle() != Lifecycle.ACTIVE) {
      return Decision.answer(false);
    }
    boolean keptAlive = sweep.inUse() && state.expiry() instanceof Expiry.Ttl;
    if (state.expiredAt(now) && !keptAlive) {
      return end(state, true);
    }
    // Written even if nothing is dropped: it replaces the due time that brought the stream up.
    StreamState swept = state.swept(now);
    return Decision.put(keptAlive ? swept.accessed(now) : swept, true);
  }

  private static Decision<Boolean> touch(Optional<StreamState> found, Command.Touch touch) {
    boolean counts =
        found.isPresent()
            && found.get().id().equals(touch.id())
            && found.get().lifecycle() == Lifecycle.ACTIVE
            && found.get().needsTouch(touch.accessedAt());
    return counts
        ? Decision.put(found.get().accessed(touch.accessedAt()), true)
        : Decision.answer(false);
  }

  private static Decision<ReferenceOutcome> reference(
      Optional<StreamState> found, Command.Reference reference, Optional<Bytes> entry, long now) {
    if (found.isEmpty() || !found.get().id().equals(reference.id())) {
      return Decision.answer(ReferenceOutcome.SOURCE_NOT_FOUND);
    }
    if (entry.isPresent()) {
      return Decision.answer(ReferenceOutcome.DONE);
    }
    StreamState state = found.get();
    return switch (Visibility.of(found, now)) {
      case ABSENT -> Decision.answer(ReferenceOutcome.SOURCE_NOT_FOUND);
      case GONE -> Decision.answer(ReferenceOutcome.SOURCE_GONE);
      case VISIBLE ->
          Decision.put(
              state.withReferences(
                  state.references() + 1, Math.max(state.pinnedTo(), reference.point())),
              Bytes.EMPTY,
              Map.of(StateCodec.forkKey(reference.fork()), Optional.of(Bytes.wrap(new byte[1]))),
              ReferenceOutcome.DONE);
    };
  }

  private static Decision<ReferenceOutcome> dereference(
      Optional<StreamState> found, Command.Dereference dereference, Optional<Bytes> entry) {
    boolean known =
        found.isPresent() && found.get().id().equals(dereference.id()) && entry.isPresent();
    if (!known) {
      return Decision.answer(ReferenceOutcome.DONE);
    }
    StreamState state = found.get();
    long left = state.references() - 1;
    StreamState forgotten = state.withReferences(left, left == 0 ? 0 : state.pinnedTo());
    if (left == 0 && state.lifecycle() == Lifecycle.SOFT_DELETED) {
      if (state.origin().isEmpty()) {
        return Decision.remove(ReferenceOutcome.DONE);
      }
      forgotten = forgotten.with(Lifecycle.DELETING);
    }
    return Decision.put(
        forgotten,
        Bytes.EMPTY,
        Map.of(StateCodec.forkKey(dereference.fork()), Optional.empty()),
        ReferenceOutcome.DONE);
  }

  private static Decision<Boolean> remove(Optional<StreamState> found, Command.Remove remove) {
    boolean ours =
        found.isPresent()
            && found.get().id().equals(remove.id())
            && found.get().lifecycle() == Lifecycle.DELETING;
    return ours ? Decision.remove(true) : Decision.answer(false);
  }

  // ---- what others see
  // ---------------------------------------------------------------------------

  /** What somebody who knows the name finds. */
  enum Visibility {
    VISIBLE,
    /** Deleted or expired, but its forks need it. */
    GONE,
    ABSENT;

    static Visibility of(Optional<StreamState> found, long now) {
      if (found.isEmpty()) {
        return ABSENT;
      }
      StreamState state = found.get();
      return switch (state.lifecycle()) {
        case FORKING, DELETING -> ABSENT;
        case SOFT_DELETED -> GONE;
        case ACTIVE -> !state.expiredAt(now) ? VISIBLE : state.references() > 0 ? GONE : ABSENT;
      };
    }
  }

  StreamInfo describe(StreamState state, long now) {
    return new StreamInfo(
        name,
        state.id(),
        state.contentType(),
        new Offset(state.earliest(now)),
        new Offset(state.tail()),
        state.closed(),
        state.expiry(),
        state.deadline().isPresent()
            ? Optional.of(Instant.ofEpochMilli(state.deadline().getAsLong()))
            : Optional.empty(),
        state.retention(),
        Instant.ofEpochMilli(state.createdAt()),
        storage);
  }
}
