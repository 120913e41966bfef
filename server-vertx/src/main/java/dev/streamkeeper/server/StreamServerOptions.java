package dev.streamkeeper.server;

import dev.streamkeeper.ReadRequest;
import java.time.Duration;

/**
 * Settings of the routes and the server. Start from {@link #defaults()}.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 picks a free one
 * @param longPollTimeout how long a long-poll waits for data before it answers 204; positive
 * @param sseMaxDuration after which time a live SSE connection is ended so that its reader
 *     reconnects; up to a tenth is subtracted at random; positive
 * @param sseKeepAlive how often an idle SSE connection gets a comment; positive
 * @param maxAppendBytes longest request body, 1 byte or more
 * @param maxReadBytes most stored bytes in an answer, 1 byte to {@link ReadRequest#LARGEST}
 * @param maxBufferedBytes most bytes of request bodies and answers held in memory over all
 *     connections; beyond it requests get 503; at least {@code maxAppendBytes}
 * @param stopTimeout how long {@link StreamServer#stop} lets running requests go on
 */
public record StreamServerOptions(
    String host,
    int port,
    Duration longPollTimeout,
    Duration sseMaxDuration,
    Duration sseKeepAlive,
    int maxAppendBytes,
    int maxReadBytes,
    long maxBufferedBytes,
    Duration stopTimeout) {

  /** The protocol's default port (PROTOCOL 13.1). */
  public static final int DEFAULT_PORT = 4437;

  private static final int MIB = 1024 * 1024;

  /**
   * Checks the ranges.
   *
   * @param host address to listen on
   * @param port port to listen on; 0 picks a free one
   * @param longPollTimeout how long a long-poll waits for data before it answers 204; positive
   * @param sseMaxDuration after which time a live SSE connection is ended so that its reader
   *     reconnects; up to a tenth is subtracted at random; positive
   * @param sseKeepAlive how often an idle SSE connection gets a comment; positive
   * @param maxAppendBytes longest request body, 1 byte or more
   * @param maxReadBytes most stored bytes in an answer, 1 byte to {@link ReadRequest#LARGEST}
   * @param maxBufferedBytes most bytes of request bodies and answers held in memory over all
   *     connections; beyond it requests get 503; at least {@code maxAppendBytes}
   * @param stopTimeout how long {@link StreamServer#stop} lets running requests go on
   * @throws IllegalArgumentException if a value is out of its range; the message says which
   */
  public StreamServerOptions {
    require(port >= 0 && port <= 65_535, "a port is 0 to 65535: " + port);
    requirePositive("the long-poll timeout", longPollTimeout);
    requirePositive("the longest SSE connection", sseMaxDuration);
    requirePositive("the SSE keep-alive interval", sseKeepAlive);
    requirePositive("the stop timeout", stopTimeout);
    require(maxAppendBytes >= 1, "the longest append is at least 1 byte: " + maxAppendBytes);
    require(
        maxReadBytes >= 1 && maxReadBytes <= ReadRequest.LARGEST,
        "the longest read is 1 to " + ReadRequest.LARGEST + " bytes: " + maxReadBytes);
    require(
        maxBufferedBytes >= maxAppendBytes,
        "the buffers must hold at least one append of " + maxAppendBytes + " bytes");
  }

  /**
   * Loopback, port 4437, long-polls of 30 s, SSE connections of 60 s with a comment every 15 s,
   * appends of up to 16 MiB, reads of up to 1 MiB, half of the heap (at least 64 MiB) for buffers,
   * 10 s to stop.
   *
   * @return the options of a server that is not configured
   */
  public static StreamServerOptions defaults() {
    return new StreamServerOptions(
        "127.0.0.1",
        DEFAULT_PORT,
        Duration.ofSeconds(30),
        Duration.ofSeconds(60),
        Duration.ofSeconds(15),
        16 * MIB,
        MIB,
        Math.max(64L * MIB, Runtime.getRuntime().maxMemory() / 2),
        Duration.ofSeconds(10));
  }

  /**
   * The same on another address.
   *
   * @param newHost host name or address to listen on
   * @param newPort 0 to 65535; 0 picks a free one
   * @return a copy with this change
   */
  public StreamServerOptions withAddress(String newHost, int newPort) {
    return new StreamServerOptions(
        newHost,
        newPort,
        longPollTimeout,
        sseMaxDuration,
        sseKeepAlive,
        maxAppendBytes,
        maxReadBytes,
        maxBufferedBytes,
        stopTimeout);
  }

  /**
   * The same with other times for live reads.
   *
   * @param longPoll how long a long-poll waits
   * @param sseMax how long an SSE connection lasts
   * @param keepAlive time between comments on a silent SSE connection
   * @return a copy with this change
   */
  public StreamServerOptions withLive(Duration longPoll, Duration sseMax, Duration keepAlive) {
    return new StreamServerOptions(
        host,
        port,
        longPoll,
        sseMax,
        keepAlive,
        maxAppendBytes,
        maxReadBytes,
        maxBufferedBytes,
        stopTimeout);
  }

  /**
   * The same with other sizes. The buffers grow with the longest append where they must.
   *
   * @param maxAppend longest request body, in bytes
   * @param maxRead most bytes in one answer
   * @return a copy with this change
   */
  public StreamServerOptions withSizes(int maxAppend, int maxRead) {
    return new StreamServerOptions(
        host,
        port,
        longPollTimeout,
        sseMaxDuration,
        sseKeepAlive,
        maxAppend,
        maxRead,
        Math.max(maxBufferedBytes, maxAppend),
        stopTimeout);
  }

  /**
   * The same with other buffers.
   *
   * @param bytes most bytes buffered over all requests and connections
   * @return a copy with this change
   */
  public StreamServerOptions withMaxBufferedBytes(long bytes) {
    return new StreamServerOptions(
        host,
        port,
        longPollTimeout,
        sseMaxDuration,
        sseKeepAlive,
        maxAppendBytes,
        maxReadBytes,
        bytes,
        stopTimeout);
  }

  private static void requirePositive(String what, Duration value) {
    require(value.toMillis() > 0, what + " is at least one millisecond: " + value);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
