package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * The commits that a process which will be killed makes to one stream, numbered from 1; each
 * follows from the seed, so that the survivor can tell what must be stored after any of them.
 *
 * <p>Most append; every {@link #LIFE}th starts a new incarnation, in the same commit.
 */
record CrashProgram(long seed, int stream) {

  static final int STREAMS = 8;
  private static final int LIFE = 40;
  private static final Instant T = Instant.parse("2030-01-01T00:00:00Z");

  StreamName name() {
    return new StreamName("crash/" + stream);
  }

  StreamId id(int number) {
    return new StreamId(seed * STREAMS + stream, (number - 1) / LIFE);
  }

  /** Whether this commit is the first of an incarnation. */
  boolean begins(int number) {
    return (number - 1) % LIFE == 0;
  }

  AttemptId attempt(int number) {
    return new AttemptId(stream, number);
  }

  Bytes metadata(int number) {
    return Bytes.utf8("commit " + number);
  }

  Optional<Instant> due(int number) {
    return number % 2 == 0 ? Optional.of(T.plusSeconds(number)) : Optional.empty();
  }

  /** The bytes that one commit appends; mostly few, sometimes many. */
  Bytes appended(int number) {
    Random random = new Random(seed * 1_000_003 + stream * 7_919L + number);
    byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 30_000 : 300)];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  /** Where a commit's bytes begin. */
  long position(int number) {
    long position = 0;
    for (int i = first(number); i < number; i++) {
      position += appended(i).length();
    }
    return position;
  }

  /** The entries after a commit. */
  Map<String, Bytes> entries(int number) {
    Map<String, Bytes> entries = new HashMap<>();
    for (int i = first(number); i <= number; i++) {
      entries.put(key(i), Bytes.utf8("entry " + i));
      if (i % 7 == 0) {
        entries.remove(key(i + 1));
      }
    }
    return entries;
  }

  Change.Put change(int number) {
    Bytes bytes = appended(number);
    int half = bytes.length() / 2;
    Putting put = Putting.put(id(number)).metadata(metadata(number)).due(due(number));
    put.entry(key(number), "entry " + number);
    if (number % 7 == 0) {
      put.noEntry(key(number + 1));
    }
    if (half > 0) {
      put.append(position(number), bytes.slice(0, half), bytes.slice(half, bytes.length()));
    } else {
      put.append(position(number), bytes);
    }
    return put.build();
  }

  /** The first commit of the incarnation that a commit belongs to. */
  int first(int number) {
    return number - (number - 1) % LIFE;
  }

  static String key(int number) {
    return "e" + number % 5;
  }
}
