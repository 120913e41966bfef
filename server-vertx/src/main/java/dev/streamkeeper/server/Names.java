package dev.streamkeeper.server;

import io.vertx.core.http.HttpHeaders;

/** Names and fixed values of headers and query parameters (PROTOCOL 13.2 and docs/http-api.md). */
final class Names {

  static final CharSequence STREAM_TTL = HttpHeaders.createOptimized("Stream-TTL");
  static final CharSequence STREAM_EXPIRES_AT = HttpHeaders.createOptimized("Stream-Expires-At");
  static final CharSequence STREAM_SEQ = HttpHeaders.createOptimized("Stream-Seq");
  static final CharSequence STREAM_CURSOR = HttpHeaders.createOptimized("Stream-Cursor");
  static final CharSequence STREAM_NEXT_OFFSET = HttpHeaders.createOptimized("Stream-Next-Offset");
  static final CharSequence STREAM_UP_TO_DATE = HttpHeaders.createOptimized("Stream-Up-To-Date");
  static final CharSequence STREAM_CLOSED = HttpHeaders.createOptimized("Stream-Closed");
  static final CharSequence STREAM_FORKED_FROM = HttpHeaders.createOptimized("Stream-Forked-From");
  static final CharSequence STREAM_FORK_OFFSET = HttpHeaders.createOptimized("Stream-Fork-Offset");
  static final CharSequence STREAM_FORK_SUB_OFFSET =
      HttpHeaders.createOptimized("Stream-Fork-Sub-Offset");
  static final CharSequence SSE_DATA_ENCODING =
      HttpHeaders.createOptimized("Stream-SSE-Data-Encoding");
  static final CharSequence PRODUCER_ID = HttpHeaders.createOptimized("Producer-Id");
  static final CharSequence PRODUCER_EPOCH = HttpHeaders.createOptimized("Producer-Epoch");
  static final CharSequence PRODUCER_SEQ = HttpHeaders.createOptimized("Producer-Seq");
  static final CharSequence PRODUCER_EXPECTED_SEQ =
      HttpHeaders.createOptimized("Producer-Expected-Seq");
  static final CharSequence PRODUCER_RECEIVED_SEQ =
      HttpHeaders.createOptimized("Producer-Received-Seq");

  static final CharSequence STREAM_ID = HttpHeaders.createOptimized("Stream-Id");
  static final CharSequence IF_STREAM_ID = HttpHeaders.createOptimized("If-Stream-Id");
  static final CharSequence STREAM_RETENTION = HttpHeaders.createOptimized("Stream-Retention");
  static final CharSequence STREAM_EARLIEST_OFFSET =
      HttpHeaders.createOptimized("Stream-Earliest-Offset");

  static final CharSequence TRUE = HttpHeaders.createOptimized("true");
  static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
  static final CharSequence NO_CACHE = HttpHeaders.createOptimized("no-cache");
  static final CharSequence CACHED_BY_ITS_READER =
      HttpHeaders.createOptimized("private, max-age=60, stale-while-revalidate=300");
  static final CharSequence CACHED =
      HttpHeaders.createOptimized("public, max-age=60, stale-while-revalidate=300");

  static final String OFFSET = "offset";
  static final String LIVE = "live";
  static final String CURSOR = "cursor";
  static final String LAST = "last";

  private Names() {}
}
