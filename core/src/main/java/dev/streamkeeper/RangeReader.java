package dev.streamkeeper;

import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Reads ranges of one incarnation, wherever they are stored, and finds message boundaries. */
record RangeReader(StreamStorage storage, StreamId id, Ancestry ancestry) {

  private static final int FIRST_WINDOW = 16 * 1024;
  private static final int LARGEST_WINDOW = 4 * 1024 * 1024;

  /** Exactly the bytes of a range. */
  CompletableFuture<Bytes> read(long from, long to) {
    List<CompletableFuture<Bytes>> reads = new ArrayList<>();
    for (Ancestry.Piece piece : ancestry.locate(id, from, to)) {
      for (long at = piece.from(); at < piece.to(); at += ReadRequest.LARGEST) {
        long end = Math.min(piece.to(), at + ReadRequest.LARGEST);
        reads.add(storage.read(piece.id(), at, end).toCompletableFuture());
      }
    }
    if (reads.size() == 1) {
      return reads.get(0);
    }
    return CompletableFuture.allOf(reads.toArray(CompletableFuture<?>[]::new))
        .thenApply(done -> Bytes.concat(reads.stream().map(CompletableFuture::join).toList()));
  }

  /** Whole messages from a boundary on: at most {@code max} bytes, or else a single message. */
  CompletableFuture<Bytes> readMessages(long from, long tail, int max) {
    long end = Math.min(tail, from + max);
    return read(from, end)
        .thenCompose(
            bytes -> {
              if (end == tail) {
                return CompletableFuture.completedFuture(bytes);
              }
              int last = bytes.lastIndexOf(JsonSplitter.MESSAGE_END, bytes.length());
              return last >= 0
                  ? CompletableFuture.completedFuture(bytes.slice(0, last + 1))
                  : skip(end, tail, 1).thenCompose(next -> read(from, next.orElse(tail)));
            });
  }

  /** Whether a message ends right before a position. */
  CompletableFuture<Boolean> isBoundary(long position) {
    return read(position - 1, position)
        .thenApply(before -> before.at(0) == JsonSplitter.MESSAGE_END);
  }

  /** The position after a number of messages, if there are that many before the tail. */
  CompletableFuture<OptionalLong> skip(long from, long tail, long messages) {
    return skip(from, tail, messages, FIRST_WINDOW);
  }

  private CompletableFuture<OptionalLong> skip(long from, long tail, long messages, int window) {
    if (messages == 0) {
      return CompletableFuture.completedFuture(OptionalLong.of(from));
    }
    if (from >= tail) {
      return CompletableFuture.completedFuture(OptionalLong.empty());
    }
    long end = Math.min(tail, from + window);
    return read(from, end)
        .thenCompose(
            bytes -> {
              long left = messages;
              int at = -1;
              do {
                at = bytes.indexOf(JsonSplitter.MESSAGE_END, at + 1);
                if (at >= 0 && --left == 0) {
                  return CompletableFuture.completedFuture(OptionalLong.of(from + at + 1));
                }
              } while (at >= 0);
              return skip(end, tail, left, grown(window));
            });
  }

  /** The position from which there are so many messages up to the tail, or {@code earliest}. */
  CompletableFuture<Long> last(long earliest, long tail, long messages) {
    return tail == earliest
        ? CompletableFuture.completedFuture(earliest)
        // The delimiter right before the tail ends the last message and begins none.
        : last(earliest, tail - 1, messages, FIRST_WINDOW);
  }

  private CompletableFuture<Long> last(long earliest, long end, long messages, int window) {
    long start = Math.max(earliest, end - window);
    if (start == end) {
      return CompletableFuture.completedFuture(earliest);
    }
    return read(start, end)
        .thenCompose(
            bytes -> {
              long left = messages;
              int at = bytes.length();
              do {
                at = bytes.lastIndexOf(JsonSplitter.MESSAGE_END, at);
                if (at >= 0 && --left == 0) {
                  return CompletableFuture.completedFuture(start + at + 1);
                }
              } while (at >= 0);
              return last(earliest, start, left, grown(window));
            });
  }

  private static int grown(int window) {
    return Math.min(LARGEST_WINDOW, 2 * window);
  }
}
