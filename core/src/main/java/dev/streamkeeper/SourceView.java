package dev.streamkeeper;

import dev.streamkeeper.Command.ForkBase;
import dev.streamkeeper.Decider.Visibility;
import dev.streamkeeper.stream.Offset;
import java.util.concurrent.CompletableFuture;

/** What a stream says to somebody who wants to fork it (PROTOCOL 4.2). */
sealed interface SourceView {

  /**
   * Fork here.
   *
   * @param state the source
   * @param base where and on what
   * @param home where the fork has to live too
   */
  record Ready(StreamState state, ForkBase base, Home home) implements SourceView {}

  /** It can't be forked, or not there. */
  record Refused(CreateOutcome why) implements SourceView {}

  static CompletableFuture<SourceView> of(
      Stored source, RangeReader reader, Home home, ForkPoint point, long now) {
    Visibility visibility = Visibility.of(source.state(), now);
    if (visibility != Visibility.VISIBLE) {
      return refused(
          visibility == Visibility.GONE
              ? new CreateOutcome.SourceGone()
              : new CreateOutcome.SourceNotFound());
    }
    StreamState state = source.state().orElseThrow();
    if (source.ancestry().runs().size() >= Ancestry.MAX_DEPTH) {
      return refused(new CreateOutcome.ForkTooDeep(Ancestry.MAX_DEPTH));
    }
    long earliest = state.earliest(now);
    long anchor = point.offset().map(Offset::position).orElse(state.tail());
    if (anchor < earliest || anchor > state.tail()) {
      return refused(bad("the fork offset is not between them", state, earliest));
    }
    CompletableFuture<Long> resolved =
        state.contentType().isJson()
            ? resolveJson(reader, anchor, earliest, state.tail(), point.subOffset())
            : CompletableFuture.completedFuture(
                point.subOffset() <= state.tail() - anchor ? anchor + point.subOffset() : -1);
    return resolved.thenApply(
        position ->
            position < 0
                ? new Refused(
                    bad("the fork offset and sub-offset name no message end", state, earliest))
                : new Ready(
                    state,
                    new ForkBase(
                        new StreamState.Origin(
                            point.source(), state.id(), point.offset(), point.subOffset()),
                        position,
                        earliest,
                        source.ancestry().forkAt(state, position)),
                    home));
  }

  private static CompletableFuture<Long> resolveJson(
      RangeReader reader, long anchor, long earliest, long tail, long messages) {
    CompletableFuture<Boolean> aligned =
        anchor == earliest || anchor == tail
            ? CompletableFuture.completedFuture(true)
            : reader.isBoundary(anchor);
    return aligned.thenCompose(
        is ->
            is
                ? reader.skip(anchor, tail, messages).thenApply(found -> found.orElse(-1))
                : CompletableFuture.completedFuture(-1L));
  }

  private static CreateOutcome bad(String why, StreamState state, long earliest) {
    return new CreateOutcome.BadForkPoint(why, new Offset(earliest), new Offset(state.tail()));
  }

  private static CompletableFuture<SourceView> refused(CreateOutcome why) {
    return CompletableFuture.completedFuture(new Refused(why));
  }
}
