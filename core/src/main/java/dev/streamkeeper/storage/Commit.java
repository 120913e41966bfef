package dev.streamkeeper.storage;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One atomic, conditional change of one stream. It is applied as a whole or not at all, and only if
 * the stream is as {@link #expected()} says at that moment.
 *
 * @param name the stream
 * @param expected what must be stored under the name for the change to apply
 * @param attempt stored with the stream when the change applies and returned by {@link
 *     StreamStorage#load}
 * @param change what is stored afterwards
 */
public record Commit(StreamName name, Expected expected, AttemptId attempt, Change change) {

  /** The condition of a commit. */
  public sealed interface Expected {

    /** Nothing is stored under the name. */
    record Absent() implements Expected {}

    /**
     * Exactly this is stored under the name.
     *
     * @param id the incarnation
     * @param version the version that its latest commit was given
     */
    record Version(StreamId id, long version) implements Expected {}

    /** Nothing is stored under the name. */
    Expected ABSENT = new Absent();
  }

  /** The effect of a commit. */
  public sealed interface Change {

    /**
     * Stores the stream.
     *
     * <p>If {@code id} is not the id that the commit expects, the name starts a new incarnation:
     * the former id's bytes and entries are gone with this commit, and the storage frees them in
     * the background, also after a crash.
     *
     * @param id the incarnation
     * @param metadata replaces the metadata; up to a few kilobytes
     * @param due when the stream wants to be listed by {@link StreamStorage#due}; replaces what was
     *     said before
     * @param entries entries to store, or to remove where empty; others stay. Keys are 1 to 1,100
     *     bytes of UTF-8, values up to a few hundred kilobytes
     * @param position where the appended bytes begin
     * @param appended the bytes of one or many appends, in order, possibly none; each not empty
     */
    record Put(
        StreamId id,
        Bytes metadata,
        Optional<Instant> due,
        Map<String, Optional<Bytes>> entries,
        long position,
        List<Bytes> appended)
        implements Change {

      /**
       * Copies the collections.
       *
       * @param id the incarnation
       * @param metadata replaces the metadata; up to a few kilobytes
       * @param due when the stream wants to be listed by {@link StreamStorage#due}; replaces what
       *     was said before
       * @param entries entries to store, or to remove where empty; others stay. Keys are 1 to 1,100
       *     bytes of UTF-8, values up to a few hundred kilobytes
       * @param position where the appended bytes begin
       * @param appended the bytes of one or many appends, in order, possibly none; each not empty
       */
      public Put {
        entries = Map.copyOf(entries);
        appended = List.copyOf(appended);
      }

      /** {@return number of appended bytes} */
      public long appendedBytes() {
        long total = 0;
        for (Bytes part : appended) {
          total += part.length();
        }
        return total;
      }
    }

    /**
     * Removes the stream: afterwards nothing is stored under the name. The id's bytes and entries
     * are gone with this commit, and the storage frees them in the background, also after a crash.
     */
    record Remove() implements Change {}
  }
}
