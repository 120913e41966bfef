package dev.streamkeeper;

import dev.streamkeeper.stream.Bytes;
import java.util.Map;
import java.util.Optional;

/**
 * What a command leads to: an effect, and the answer once the effect is durable.
 *
 * @param <O> the command's kind of answer
 */
record Decision<O>(Effect effect, O outcome) {

  /** What changes. */
  sealed interface Effect {

    /** Nothing. */
    record None() implements Effect {}

    /**
     * The stream is another afterwards.
     *
     * @param next how it is then; another id than before means a new incarnation
     * @param appended bytes that begin at the former tail, or at the start of a new incarnation
     * @param entries entries stored, or removed where empty
     */
    record Put(StreamState next, Bytes appended, Map<String, Optional<Bytes>> entries)
        implements Effect {}

    /** Nothing is stored under the name afterwards. */
    record Remove() implements Effect {}
  }

  private static final Effect NONE = new Effect.None();

  static <O> Decision<O> answer(O outcome) {
    return new Decision<>(NONE, outcome);
  }

  static <O> Decision<O> put(StreamState next, O outcome) {
    return put(next, Bytes.EMPTY, Map.of(), outcome);
  }

  static <O> Decision<O> put(
      StreamState next, Bytes appended, Map<String, Optional<Bytes>> entries, O outcome) {
    return new Decision<>(new Effect.Put(next, appended, entries), outcome);
  }

  static <O> Decision<O> remove(O outcome) {
    return new Decision<>(new Effect.Remove(), outcome);
  }

  boolean changesNothing() {
    return effect instanceof Effect.None;
  }
}
