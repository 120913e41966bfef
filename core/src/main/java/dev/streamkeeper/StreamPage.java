package dev.streamkeeper;

import dev.streamkeeper.stream.StreamName;
import java.util.List;
import java.util.Optional;

/**
 * A page of a listing.
 *
 * @param streams streams in the order of their names
 * @param next name to pass as {@code after} for the next page; absent at the end
 */
public record StreamPage(List<StreamInfo> streams, Optional<StreamName> next) {

  /**
   * Copies the list.
   *
   * @param streams streams in the order of their names
   * @param next name to pass as {@code after} for the next page; absent at the end
   */
  public StreamPage {
    streams = List.copyOf(streams);
  }
}
