package dev.streamkeeper.server;

import dev.streamkeeper.Batch;
import java.util.Arrays;

/** Entity tags of answers with stream data (PROTOCOL 5.6, 10.1). */
final class EntityTags {

  private EntityTags() {}

  /**
   * The tag of a batch: which bytes of which incarnation, whether they were all there is and
   * whether they are all there will ever be. It is weak where the bytes on the wire depend on the
   * coding.
   */
  static String of(Batch batch, boolean compressed) {
    return (compressed ? "W/\"" : "\"")
        + batch.id()
        + ":"
        + batch.from()
        + ":"
        + batch.next()
        + (batch.endOfStream() ? ":c" : batch.upToDate() ? "" : ":p")
        + "\"";
  }

  /**
   * Whether the client has it already.
   *
   * @param ifNoneMatch the header, or the empty string
   */
  static boolean match(String ifNoneMatch, String tag) {
    return !ifNoneMatch.isEmpty()
        && (ifNoneMatch.strip().equals("*")
            || Arrays.stream(ifNoneMatch.split(","))
                .map(each -> opaque(each.strip()))
                .anyMatch(opaque(tag)::equals));
  }

  /** If-None-Match compares weakly (RFC 9110, 13.1.2). */
  private static String opaque(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
