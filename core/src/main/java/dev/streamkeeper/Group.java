package dev.streamkeeper;

import dev.streamkeeper.Decision.Effect;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commands of one stream that travel to the storage as one commit. Belongs to its queue. */
final class Group {

  final List<Pending<?>> members = new ArrayList<>();
  final List<Bytes> appended = new ArrayList<>();
  final Map<String, Optional<Bytes>> entries = new HashMap<>();
  private final Optional<StreamState> base;
  private Optional<StreamState> result;
  private long appendedBytes;
  private boolean changed;

  /**
   * An empty group.
   *
   * @param base the stream as it is without the group
   */
  Group(Optional<StreamState> base) {
    this.base = base;
    this.result = base;
  }

  void add(Pending<?> member, Decision<?> decision) {
    members.add(member);
    if (decision.effect() instanceof Effect.Put put) {
      if (result.isEmpty() || !result.get().id().equals(put.next().id())) {
        beginIncarnation();
      }
      if (!put.appended().isEmpty()) {
        appended.add(put.appended());
        appendedBytes += put.appended().length();
      }
      entries.putAll(put.entries());
      result = Optional.of(put.next());
      changed = true;
    } else if (decision.effect() instanceof Effect.Remove) {
      beginIncarnation();
      result = Optional.empty();
      changed = true;
    }
  }

  private void beginIncarnation() {
    appended.clear();
    appendedBytes = 0;
    entries.clear();
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /**
   * Whether there is anything to store; a stream that came and went within the group is nothing.
   */
  boolean needsCommit() {
    return changed && (base.isPresent() || result.isPresent());
  }

  long appendedBytes() {
    return appendedBytes;
  }

  Optional<StreamState> base() {
    return base;
  }

  /** The stream as it is once the group is stored. */
  Optional<StreamState> result() {
    return result;
  }

  /** Where the appended bytes begin. */
  long position() {
    return result.orElseThrow().tail() - appendedBytes;
  }

  /** Whether the group leaves another incarnation behind than it found. */
  boolean changesIncarnation() {
    return !base.map(StreamState::id).equals(result.map(StreamState::id));
  }

  Optional<StreamId> id() {
    return result.map(StreamState::id);
  }
}
