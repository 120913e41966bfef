package dev.streamkeeper;

import dev.streamkeeper.stream.StreamId;
import java.util.ArrayList;
import java.util.List;

/**
 * Whose bytes a fork shows before its own: consecutive runs, each up to a position. Written once,
 * when the fork is created.
 *
 * @param runs from the beginning of the stream to the fork point
 */
record Ancestry(List<Run> runs) {

  /** Longest chain of forks. */
  static final int MAX_DEPTH = 10_000;

  static final Ancestry NONE = new Ancestry(List.of());

  /**
   * Bytes stored under another incarnation, from where the run before it ends.
   *
   * @param upTo end of the run, exclusive
   */
  record Run(StreamId id, long upTo) {}

  /** A piece of a read. */
  record Piece(StreamId id, long from, long to) {}

  Ancestry {
    runs = List.copyOf(runs);
  }

  /** The ancestry of a fork of this stream. */
  Ancestry forkAt(StreamState self, long point) {
    List<Run> inherited = new ArrayList<>();
    for (Run run : runs) {
      inherited.add(new Run(run.id(), Math.min(run.upTo(), point)));
      if (run.upTo() >= point) {
        return new Ancestry(inherited);
      }
    }
    if (point > self.start()) {
      inherited.add(new Run(self.id(), point));
    }
    return new Ancestry(inherited);
  }

  /** Where a range of the stream is stored. */
  List<Piece> locate(StreamId self, long from, long to) {
    if (runs.isEmpty() || from >= runs.get(runs.size() - 1).upTo()) {
      return List.of(new Piece(self, from, to));
    }
    List<Piece> pieces = new ArrayList<>();
    long at = from;
    for (Run run : runs) {
      if (at >= to) {
        break;
      }
      if (run.upTo() > at) {
        long end = Math.min(run.upTo(), to);
        pieces.add(new Piece(run.id(), at, end));
        at = end;
      }
    }
    if (at < to) {
      pieces.add(new Piece(self, at, to));
    }
    return pieces;
  }
}
