package dev.streamkeeper;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A stream as a storage has confirmed it.
 *
 * @param state the stream, if there is one
 * @param expected what the next commit has to expect
 * @param ancestry whose bytes it shows before its own
 * @param attempts the latest commits' attempts, newest last; kept on shared storages only
 */
record Stored(
    Optional<StreamState> state, Expected expected, Ancestry ancestry, List<AttemptId> attempts) {

  /** How many attempts are remembered. */
  static final int REMEMBERED_ATTEMPTS = 16;

  static final Stored NOTHING =
      new Stored(Optional.empty(), Expected.ABSENT, Ancestry.NONE, List.of());

  static Stored of(StoredStream found) {
    StateCodec.Decoded decoded = StateCodec.decode(found);
    Bytes ancestry = found.entries().get(StateCodec.ANCESTRY_KEY);
    return new Stored(
        Optional.of(decoded.state()),
        new Expected.Version(found.id(), found.version()),
        ancestry == null ? Ancestry.NONE : StateCodec.decodeAncestry(ancestry),
        decoded.attempts());
  }

  /** The same stream, used at another time. */
  Stored accessed(StreamState touched) {
    return new Stored(Optional.of(touched), expected, ancestry, attempts);
  }

  List<AttemptId> attemptsWith(AttemptId latest) {
    List<AttemptId> all = new ArrayList<>(attempts);
    all.add(latest);
    return all.size() > REMEMBERED_ATTEMPTS ? List.copyOf(all.subList(1, all.size())) : all;
  }
}
