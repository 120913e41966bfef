package dev.streamkeeper;

import dev.streamkeeper.Command.ReferenceOutcome;
import dev.streamkeeper.Decider.Visibility;
import dev.streamkeeper.StreamState.Lifecycle;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.StreamName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One stream at work: decides its commands one after the other, sends them to the storage in
 * groups, and publishes what is durable.
 *
 * <p>There are two states. <em>Stored</em> is what the storage has confirmed, and all that readers
 * see. <em>Projected</em> is what it will be once everything decided is stored, and what the next
 * command is decided on, so that commands need not wait for each other's sync. At most one group is
 * at the storage; what is decided meanwhile forms the next one. Every answer waits for the group it
 * was decided in, also one that changes nothing, because it may rest on something not durable yet.
 * If a group is refused, what rested on it is decided again.
 *
 * <p>Forking and forgetting take several commits on two streams. Meanwhile the stream is
 * <em>held</em>: other commands wait. A held stream never keeps a command of a relative waiting, so
 * that streams can't wait for each other in a circle.
 *
 * <p>Everything here happens in the stream's {@link SerialQueue}.
 */
final class StreamActor {

  private static final int MAX_CONFLICTS = 64;
  private static final int MAX_ENTRIES = 1024;
  private static final long RECLAIM_BYTES = 64 * 1024;
  private static final int MAX_ENTRIES_PER_LOAD = 256;

  private enum Knowledge {
    NONE,
    LOADING,
    LOADED
  }

  private final Engine engine;
  private final StreamName name;
  private final SerialQueue queue = new SerialQueue();
  private final Readers readers;
  private final Map<CompletableFuture<?>, Runnable> whenLoaded = new LinkedHashMap<>();
  private boolean retired;

  private Knowledge knowledge = Knowledge.NONE;
  private @Nullable Home home;
  private Stored stored = Stored.NOTHING;

  private Optional<StreamState> projected = Optional.empty();
  private final Map<String, Optional<Bytes>> entries = new HashMap<>();
  private final Deque<Pending<?>> waiting = new ArrayDeque<>();
  private Group next = new Group(Optional.empty());
  private Ancestry nextAncestry = Ancestry.NONE;
  private @Nullable Group inFlight;
  private boolean loadingEntries;
  private long timesLoaded;
  private long reclaimedTo;
  private boolean held;
  private int conflictsInARow;

  StreamActor(Engine engine, StreamName name) {
    this.engine = engine;
    this.name = name;
    this.readers = new Readers(engine, this);
  }

  /**
   * Runs a task in the stream's queue; if the stream has left memory, hands the task to its heir.
   * May be called from any thread.
   */
  void execute(Consumer<StreamActor> task) {
    queue.execute(
        () -> {
          if (retired) {
            engine.with(name, task);
          } else {
            task.accept(this);
          }
        });
  }

  // ---- what is asked of the stream
  // ---------------------------------------------------------------

  void submit(Pending<?> pending) {
    if (!held || !answerRelative(pending)) {
      waiting.addLast(pending);
      pump();
    }
  }

  void read(LiveRead read) {
    whenReady(read.promise, () -> readers.serve(read));
  }

  @SuppressWarnings("CollectionUndefinedEquality") // A promise equals itself and nothing else.
  void forget(LiveRead read) {
    readers.forget(read);
    whenLoaded.remove(read.promise);
  }

  void describe(CompletableFuture<MetadataOutcome> promise) {
    whenReady(
        promise,
        () -> {
          long now = engine.now();
          keepAlive(now);
          engine.complete(
              promise,
              switch (Visibility.of(stored.state(), now)) {
                case ABSENT -> new StreamNotFound();
                case GONE -> new StreamGone();
                case VISIBLE ->
                    new MetadataOutcome.Found(
                        decider().describe(stored.state().orElseThrow(), now));
              });
        });
  }

  /** Tells somebody who wants to fork this stream what the fork would build on. */
  void inspect(ForkPoint point, CompletableFuture<SourceView> promise) {
    whenReady(
        promise,
        () -> {
          keepAlive(engine.now());
          SourceView.of(stored, rangeReader(), home(), point, engine.now())
              .whenComplete((view, failure) -> pass(view, failure, promise));
        });
  }

  /** Finishes what a crash left half-done, expires, and drops what retention says. */
  CompletableFuture<Boolean> sweep() {
    Pending<Boolean> sweep =
        Pending.internal(new Command.Sweep(readers.areWaiting(), false), false);
    submit(sweep);
    return sweep.promise;
  }

  /** The stream may have been changed by somebody else. */
  void changedElsewhere() {
    if (knowledge == Knowledge.LOADED && isQuiet()) {
      knowledge = Knowledge.NONE;
      if (readers.areWaiting()) {
        load();
      }
    }
  }

  /** Somebody else may have changed the stream without our hearing of it. */
  void lookAgain() {
    if (readers.areWaiting()) {
      changedElsewhere();
    }
  }

  void endWaits() {
    readers.endWaits();
  }

  /** Leaves memory if nothing is going on. */
  void retire() {
    boolean idle =
        isQuiet() && waiting.isEmpty() && knowledge != Knowledge.LOADING && !readers.areWaiting();
    if (idle) {
      retired = true;
      readers.forgetBytes();
      engine.retired(name, this);
    }
  }

  // ---- for its readers
  // ---------------------------------------------------------------------------

  Stored stored() {
    return stored;
  }

  RangeReader rangeReader() {
    Ancestry ancestry = stored.ancestry();
    return stored
        .state()
        .map(state -> new RangeReader(home().storage(), state.id(), ancestry))
        .orElseGet(() -> new RangeReader(home().storage(), Engine.NO_STREAM, ancestry));
  }

  /** Notes that somebody uses the stream, and has it written down when that is due. */
  void touch(long now) {
    if (stored.state().isEmpty()
        || stored.state().get().lifecycle() != Lifecycle.ACTIVE
        || !(stored.state().get().expiry() instanceof Expiry.Ttl)) {
      return;
    }
    StreamState used = stored.state().get().usedAt(now);
    stored = stored.accessed(used);
    if (projected.map(StreamState::id).equals(Optional.of(used.id()))) {
      projected = projected.map(state -> state.usedAt(now));
      if (projected.get().needsTouch(now)) {
        submit(Pending.internal(new Command.Touch(used.id(), now), false));
      }
    }
  }

  // ---- loading
  // -----------------------------------------------------------------------------------

  private Home home() {
    return home == null ? engine.defaultHome() : home;
  }

  private Decider decider() {
    return new Decider(name, home().name());
  }

  /** Whether no change is under way. */
  private boolean isQuiet() {
    return inFlight == null && next.isEmpty() && !held && !loadingEntries;
  }

  private void whenReady(CompletableFuture<?> promise, Runnable task) {
    if (knowledge == Knowledge.LOADED && home().isShared() && isQuiet()) {
      // Somebody else may have changed the stream since.
      knowledge = Knowledge.NONE;
    }
    if (knowledge == Knowledge.LOADED) {
      task.run();
    } else {
      whenLoaded.put(promise, task);
      if (knowledge == Knowledge.NONE) {
        load();
      }
    }
  }

  private void load() {
    knowledge = Knowledge.LOADING;
    Set<String> keys = wantedEntries();
    keys.add(StateCodec.ANCESTRY_KEY);
    engine
        .find(name, Optional.ofNullable(home), keys)
        .whenComplete((found, failure) -> queue.execute(() -> loaded(found, keys, failure)));
  }

  private void loaded(Engine.Found found, Set<String> keys, @Nullable Throwable failure) {
    if (failure != null) {
      knowledge = Knowledge.NONE;
      giveUp(Committer.unwrap(failure));
      return;
    }
    try {
      stored = found.stream().map(Stored::of).orElse(Stored.NOTHING);
    } catch (StorageException e) {
      knowledge = Knowledge.NONE;
      giveUp(e);
      return;
    }
    knowledge = Knowledge.LOADED;
    timesLoaded++;
    if (found.home().isPresent() || !held) {
      home = found.home().orElse(null);
    }
    forgetProjection();
    remember(keys, found.stream().map(stream -> stream.entries()).orElse(Map.of()));
    List<Runnable> tasks = new ArrayList<>(whenLoaded.values());
    whenLoaded.clear();
    tasks.forEach(Runnable::run);
    readers.wakeAll();
    pump();
  }

  private void forgetProjection() {
    projected = stored.state();
    entries.clear();
    next = new Group(projected);
    nextAncestry = stored.ancestry();
  }

  private void remember(Set<String> keys, Map<String, Bytes> found) {
    for (String key : keys) {
      if (!key.equals(StateCodec.ANCESTRY_KEY)) {
        entries.put(key, Optional.ofNullable(found.get(key)));
      }
    }
  }

  /** The entries that the first of the waiting commands depend on. */
  private Set<String> wantedEntries() {
    Set<String> keys = new HashSet<>();
    Iterator<Pending<?>> commands = waiting.iterator();
    while (commands.hasNext() && keys.size() < MAX_ENTRIES_PER_LOAD) {
      commands.next().command.entryKey().ifPresent(keys::add);
    }
    return keys;
  }

  private void loadEntries() {
    loadingEntries = true;
    Set<String> keys = wantedEntries();
    keys.removeAll(entries.keySet());
    long basis = timesLoaded;
    home()
        .storage()
        .load(name, keys)
        .whenComplete(
            (found, failure) ->
                queue.execute(
                    () -> {
                      loadingEntries = false;
                      if (failure != null) {
                        giveUp(Committer.unwrap(failure));
                        return;
                      }
                      // Since then only we changed the stream, and what we changed we remember; or
                      // else the next commit conflicts.
                      if (basis == timesLoaded) {
                        remember(keys, found.map(stream -> stream.entries()).orElse(Map.of()));
                      }
                      pump();
                    }));
  }

  /** Fails everything that can't go on without the storage. */
  private void giveUp(Throwable cause) {
    List<Pending<?>> commands = new ArrayList<>(waiting);
    waiting.clear();
    commands.forEach(pending -> engine.fail(pending, cause));
    List<CompletableFuture<?>> promises = new ArrayList<>(whenLoaded.keySet());
    whenLoaded.clear();
    promises.forEach(promise -> engine.fail(promise, cause));
  }

  // ---- deciding
  // ----------------------------------------------------------------------------------

  private void pump() {
    if (knowledge == Knowledge.NONE && !waiting.isEmpty()) {
      load();
    }
    while (knowledge == Knowledge.LOADED && !waiting.isEmpty() && mayDecide(waiting.peekFirst())) {
      decide(waiting.removeFirst());
    }
    flush();
    finishWhatIsHalfDone();
  }

  /**
   * Whether the first command can be decided now; if not, something is under way that pumps again.
   */
  private boolean mayDecide(Pending<?> first) {
    if (held && !first.step) {
      return false;
    }
    if (first.command.size() > home().maxCommitBytes()) {
      waiting.removeFirst();
      refuseAsTooLarge(first);
      return !waiting.isEmpty() && mayDecide(waiting.peekFirst());
    }
    if (next.appendedBytes() + first.command.size() > home().maxCommitBytes()
        && next.needsCommit()) {
      return false;
    }
    if (first.command instanceof Command.Create create && !first.step && !mayCreate(create)) {
      return false;
    }
    Optional<String> key = first.command.entryKey();
    if (key.isPresent() && !entries.containsKey(key.get()) && entriesAreStored()) {
      if (!loadingEntries) {
        loadEntries();
      }
      return false;
    }
    return true;
  }

  @SuppressWarnings("unchecked") // only appends and creations have a size
  private void refuseAsTooLarge(Pending<?> pending) {
    AppendOutcome.TooLarge outcome = new AppendOutcome.TooLarge(home().maxCommitBytes());
    if (pending.command instanceof Command.Append) {
      engine.answer((Pending<AppendOutcome>) pending, outcome);
    } else {
      engine.answer((Pending<CreateOutcome>) pending, outcome);
    }
  }

  /** Entries that are not known are absent in an incarnation that is not stored yet. */
  private boolean entriesAreStored() {
    return projected.isPresent()
        && stored.state().map(StreamState::id).equals(projected.map(StreamState::id));
  }

  private boolean mayCreate(Command.Create create) {
    keepAlive(engine.now());
    if (projected.isPresent()
        && Visibility.of(projected, engine.now()) == Visibility.ABSENT
        && !clearAway(projected.get())) {
      return false;
    }
    if (projected.isPresent()) {
      return true;
    }
    boolean elsewhere = !create.request().storage().map(home().name()::equals).orElse(home == null);
    boolean composite = create.request().fork().isPresent();
    if ((elsewhere || composite) && !(inFlight == null && !next.needsCommit())) {
      return false;
    }
    if (composite) {
      flush();
      fork(create);
      return false;
    }
    if (elsewhere || home == null) {
      home = engine.home(create.request().storage());
    }
    return true;
  }

  /** Makes room for a creation where an invisible stream has the name; false if that takes time. */
  private boolean clearAway(StreamState invisible) {
    if (invisible.lifecycle() == Lifecycle.ACTIVE) {
      decide(Pending.internal(new Command.Sweep(false, false), false));
      return projected.isEmpty();
    }
    if (!isQuiet()) {
      return false;
    }
    if (invisible.lifecycle() == Lifecycle.FORKING && home().isShared()) {
      engine.fail(
          waiting.removeFirst(),
          new StorageException(
              StorageException.Reason.UNAVAILABLE,
              "stream '" + name + "' is just being forked; try again"));
      pump();
    } else {
      finishWhatIsHalfDone();
    }
    return false;
  }

  private <O> void decide(Pending<O> pending) {
    long now = engine.now();
    keepAlive(now);
    Optional<Bytes> entry =
        pending.command.entryKey().flatMap(key -> entries.getOrDefault(key, Optional.empty()));
    Decision<O> decision;
    try {
      decision = decider().decide(projected, pending.command, entry, now);
    } catch (RuntimeException e) {
      engine.fail(pending, e);
      return;
    }
    pending.decided(decision);
    next.add(pending, decision);
    Optional<StreamState> before = projected;
    projected = next.result();
    if (!projected.map(StreamState::id).equals(before.map(StreamState::id))) {
      entries.clear();
      nextAncestry = Ancestry.NONE;
    }
    if (decision.effect() instanceof Decision.Effect.Put put) {
      put.entries().forEach(this::learn);
    }
    if (pending.command instanceof Command.Activate activate && pending.changesSomething()) {
      nextAncestry = activate.create().fork().orElseThrow().ancestry();
    }
  }

  private void learn(String key, Optional<Bytes> value) {
    if (!key.equals(StateCodec.ANCESTRY_KEY)) {
      entries.put(key, value);
    }
  }

  private void keepAlive(long now) {
    if (readers.areWaiting()) {
      touch(now);
    }
  }

  // ---- storing
  // -----------------------------------------------------------------------------------

  private void flush() {
    if (inFlight != null || next.isEmpty()) {
      return;
    }
    Group group = next;
    next = new Group(projected);
    if (!group.needsCommit()) {
      group.members.forEach(this::answer);
      return;
    }
    inFlight = group;
    new Committer(engine, name, home(), stored, group, nextAncestry)
        .commit()
        .whenComplete((result, failure) -> queue.execute(() -> settled(group, result, failure)));
  }

  private void settled(Group group, @Nullable CommitResult result, @Nullable Throwable failure) {
    inFlight = null;
    CommitResult known =
        failure == null && result != null
            ? result
            : new CommitResult.Unresolved(
                failure == null ? new IllegalStateException("no result") : failure);
    if (known instanceof CommitResult.Applied applied) {
      conflictsInARow = 0;
      applied(group, applied.now());
    } else if (known instanceof CommitResult.AppliedAndOvertaken) {
      group.members.forEach(this::answer);
      decideAgain(List.of(), 0);
    } else if (known instanceof CommitResult.Overtaken) {
      overtaken(group);
    } else if (known instanceof CommitResult.Failed failed) {
      refused(group, failed.cause());
    } else {
      Throwable cause = ((CommitResult.Unresolved) known).cause();
      OutcomeUnknownException unknown =
          new OutcomeUnknownException(
              "it could not be found out whether a change of stream '" + name + "' was stored",
              cause);
      group.members.forEach(member -> engine.fail(member, unknown));
      decideAgain(List.of(), 0);
    }
  }

  private void applied(Group group, Stored now) {
    boolean sameIncarnation = !group.changesIncarnation();
    Stored before = stored;
    stored = now;
    if (now.state().isEmpty() && projected.isEmpty()) {
      home = null;
    }
    if (next.isEmpty()) {
      next = new Group(projected);
      if (entries.size() > MAX_ENTRIES) {
        entries.clear();
      }
    }
    if (sameIncarnation && now.state().isPresent()) {
      boolean swept = group.members.stream().anyMatch(m -> m.command instanceof Command.Sweep);
      reclaim(before.state().orElseThrow(), now.state().get(), swept);
    } else {
      reclaimedTo = 0;
    }
    readers.published(group);
    group.members.forEach(this::answer);
    pump();
  }

  private void overtaken(Group group) {
    List<Pending<?>> again = new ArrayList<>();
    for (Pending<?> member : group.members) {
      if (member.conflicted() > MAX_CONFLICTS) {
        engine.fail(
            member.promise,
            new StorageException(
                StorageException.Reason.UNAVAILABLE,
                "stream '" + name + "' is changed by others all the time; try again"));
      } else {
        again.add(member);
      }
    }
    decideAgain(again, ++conflictsInARow);
  }

  /** Puts commands back and loads the stream anew, after a pause if this keeps happening. */
  private void decideAgain(List<Pending<?>> first, int conflicts) {
    putBack(next.members);
    putBack(first);
    knowledge = Knowledge.LOADING;
    next = new Group(Optional.empty());
    if (conflicts <= 1) {
      load();
    } else {
      engine
          .after(engine.backoff(conflicts))
          .whenComplete((done, failure) -> queue.execute(this::load));
    }
  }

  /** The storage refused a group: who wanted something from it is told, the others go on. */
  private void refused(Group group, StorageException cause) {
    putBack(next.members);
    List<Pending<?>> innocent = new ArrayList<>();
    for (Pending<?> member : group.members) {
      if (member.changesSomething()) {
        engine.fail(member, cause);
      } else {
        innocent.add(member);
      }
    }
    putBack(innocent);
    forgetProjection();
    pump();
  }

  private void putBack(List<Pending<?>> commands) {
    for (int i = commands.size() - 1; i >= 0; i--) {
      waiting.addFirst(commands.get(i));
    }
  }

  private <O> void answer(Pending<O> pending) {
    engine.answer(pending, pending.outcome());
  }

  /** Lets the storage free what retention dropped, except what forks may still read. */
  private void reclaim(StreamState before, StreamState now, boolean swept) {
    long dropped = now.history().base().position();
    boolean unpinned = before.references() > 0 && now.references() == 0;
    long from = Math.max(now.start(), now.references() > 0 ? now.pinnedTo() : 0);
    // What the last fork pinned lies before what was freed while it did.
    long fresh = dropped - (unpinned ? from : Math.max(from, reclaimedTo));
    boolean worthIt = unpinned || swept || fresh >= RECLAIM_BYTES;
    if (dropped > from && fresh > 0 && worthIt) {
      reclaimedTo = dropped;
      home()
          .storage()
          .reclaim(now.id(), from, dropped)
          .whenComplete((done, failure) -> engine.noteReclaim(name, failure));
    }
  }

  // ---- forking and forgetting
  // --------------------------------------------------------------------

  /**
   * Takes a creation out of line: asks the source, tells it of the fork, and activates the fork.
   */
  private void fork(Command.Create create) {
    @SuppressWarnings("unchecked") // it is this creation
    Pending<CreateOutcome> pending = (Pending<CreateOutcome>) waiting.removeFirst();
    ForkPoint point = create.request().fork().orElseThrow();
    if (point.source().equals(name)) {
      engine.answer(pending, new CreateOutcome.SourceNotFound());
      pump();
      return;
    }
    hold();
    engine
        .inspect(point)
        .whenComplete(
            inQueue(
                pending,
                view -> {
                  if (view instanceof SourceView.Ready ready) {
                    announce(pending, create, ready);
                  } else {
                    release(pending, ((SourceView.Refused) view).why());
                  }
                }));
  }

  private void announce(
      Pending<CreateOutcome> pending, Command.Create asked, SourceView.Ready source) {
    CreateRequest request = asked.request();
    StreamState state = source.state();
    if (request.contentType().isPresent()
        && !request.contentType().get().matches(state.contentType())) {
      release(
          pending,
          new CreateOutcome.SourceContentTypeMismatch(
              state.contentType(), request.contentType().get()));
      return;
    }
    Command.Create create =
        new Command.Create(
            request,
            asked.id(),
            request.contentType().orElse(state.contentType()),
            request.expiry().orElse(state.expiry()),
            request.retention().orElse(state.retention()),
            Content.of(state.contentType(), request.initial()),
            Optional.of(source.base()));
    if (create.size() > source.home().maxCommitBytes()) {
      release(pending, new AppendOutcome.TooLarge(source.home().maxCommitBytes()));
      return;
    }
    home = source.home();
    step(create)
        .whenComplete(
            inQueue(
                pending,
                outcome -> {
                  if (outcome instanceof CreateOutcome.Created) {
                    introduce(pending, create);
                  } else {
                    release(pending, outcome);
                  }
                }));
  }

  private void introduce(Pending<CreateOutcome> pending, Command.Create create) {
    Command.ForkBase base = create.fork().orElseThrow();
    engine
        .submit(
            base.origin().source(),
            new Command.Reference(base.origin().sourceId(), create.id(), base.point()))
        .whenComplete(
            (outcome, failure) ->
                queue.execute(
                    () -> {
                      if (failure == null && outcome == ReferenceOutcome.DONE) {
                        step(new Command.Activate(create))
                            .whenComplete(inQueue(pending, created -> release(pending, created)));
                      } else {
                        abandon(pending, outcome, failure);
                      }
                    }));
  }

  private void abandon(
      Pending<CreateOutcome> pending, ReferenceOutcome refusal, @Nullable Throwable failure) {
    if (failure != null) {
      engine.fail(pending, Committer.unwrap(failure));
    } else {
      engine.answer(
          pending,
          refusal == ReferenceOutcome.SOURCE_GONE
              ? new CreateOutcome.SourceGone()
              : new CreateOutcome.SourceNotFound());
    }
    // From here it is what a crash would have left: a fork to be taken back.
    held = false;
    pump();
  }

  /** Goes on with what is stored as begun: takes an unfinished fork back, forgets a deleted one. */
  private void finishWhatIsHalfDone() {
    if (knowledge != Knowledge.LOADED || stored.state().isEmpty() || !isQuiet()) {
      return;
    }
    StreamState state = stored.state().get();
    if (state.lifecycle() == Lifecycle.FORKING && !home().isShared()) {
      hold();
      step(new Command.Sweep(false, true))
          .whenComplete((done, failure) -> queue.execute(this::letGo));
    } else if (state.lifecycle() == Lifecycle.DELETING) {
      hold();
      engine
          .submit(
              state.origin().orElseThrow().source(),
              new Command.Dereference(state.origin().orElseThrow().sourceId(), state.id()))
          .thenCompose(
              forgotten -> {
                CompletableFuture<Boolean> removed = new CompletableFuture<>();
                queue.execute(
                    () ->
                        step(new Command.Remove(state.id()))
                            .whenComplete((done, failure) -> pass(done, failure, removed)));
                return removed;
              })
          .whenComplete(
              (done, failure) ->
                  queue.execute(
                      () -> {
                        if (failure == null) {
                          letGo();
                        } else {
                          held = false;
                          giveUp(Committer.unwrap(failure));
                        }
                      }));
    }
  }

  private void hold() {
    held = true;
    waiting.removeIf(this::answerRelative);
  }

  private void letGo() {
    held = false;
    pump();
  }

  private void release(Pending<CreateOutcome> pending, CreateOutcome outcome) {
    engine.answer(pending, outcome);
    letGo();
  }

  /** A step of what holds the stream; goes before everything else. */
  private <O> CompletableFuture<O> step(Command<O> command) {
    Pending<O> pending = Pending.internal(command, true);
    waiting.addFirst(pending);
    pump();
    return pending.promise;
  }

  /**
   * Answers a relative's command at once while the stream is held: it either does not exist yet or
   * has no forks any more.
   */
  private boolean answerRelative(Pending<?> pending) {
    if (!(pending.command instanceof Command.Reference)
        && !(pending.command instanceof Command.Dereference)) {
      return false;
    }
    @SuppressWarnings("unchecked") // both commands answer this
    Pending<ReferenceOutcome> relative = (Pending<ReferenceOutcome>) pending;
    engine.answer(
        relative,
        pending.command instanceof Command.Reference
            ? ReferenceOutcome.SOURCE_NOT_FOUND
            : ReferenceOutcome.DONE);
    return true;
  }

  /** Goes on in the queue with a result, or fails the promise and lets go. */
  private <T> BiConsumer<T, @Nullable Throwable> inQueue(
      Pending<CreateOutcome> pending, Consumer<T> next) {
    return (result, failure) ->
        queue.execute(
            () -> {
              if (failure == null) {
                next.accept(result);
              } else {
                engine.fail(pending, Committer.unwrap(failure));
                letGo();
              }
            });
  }

  private static <T> void pass(
      T result, @Nullable Throwable failure, CompletableFuture<T> promise) {
    if (failure == null) {
      promise.complete(result);
    } else {
      promise.completeExceptionally(Committer.unwrap(failure));
    }
  }
}
