package dev.streamkeeper.server;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.ThreadLocalRandom;

/** Cursors that keep caches from serving the same live answer for ever (PROTOCOL 10.1). */
final class Cursors {

  private static final long EPOCH = Instant.parse("2024-10-09T00:00:00Z").getEpochSecond();
  private static final long INTERVAL_SECONDS = 20;
  private static final long MAX_JITTER_SECONDS = 3600;

  private Cursors() {}

  /**
   * The cursor of an answer.
   *
   * @param sent what the client sent, or the empty string; what is no number counts as nothing
   */
  static String next(InstantSource clock, String sent) {
    long current = (clock.instant().getEpochSecond() - EPOCH) / INTERVAL_SECONDS;
    long previous = parse(sent);
    if (previous < current) {
      return Long.toString(current);
    }
    long jitter = ThreadLocalRandom.current().nextLong(1, MAX_JITTER_SECONDS + 1);
    return Long.toString(previous + Math.max(1, jitter / INTERVAL_SECONDS));
  }

  private static long parse(String sent) {
    boolean number =
        !sent.isEmpty() && sent.length() <= 15 && sent.chars().allMatch(c -> c >= '0' && c <= '9');
    return number ? Long.parseLong(sent) : -1;
  }
}
