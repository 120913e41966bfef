package dev.streamkeeper.storage;

import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.Map;

/**
 * What a storage keeps of a stream beside its bytes, as of one moment.
 *
 * @param name the name
 * @param id the incarnation
 * @param version the version that the latest commit was given
 * @param attempt the latest commit's attempt
 * @param metadata the metadata
 * @param entries those of the entries asked for that exist
 */
public record StoredStream(
    StreamName name,
    StreamId id,
    long version,
    AttemptId attempt,
    Bytes metadata,
    Map<String, Bytes> entries) {

  /**
   * Copies the entries.
   *
   * @param name the name
   * @param id the incarnation
   * @param version the version that the latest commit was given
   * @param attempt the latest commit's attempt
   * @param metadata the metadata
   * @param entries those of the entries asked for that exist
   */
  public StoredStream {
    entries = Map.copyOf(entries);
  }
}
