/**
 * The Durable Streams protocol over HTTP: {@link dev.streamkeeper.server.StreamRoutes} for mounting
 * into an application, {@link dev.streamkeeper.server.StreamServer} to run on its own.
 *
 * <p>Nothing here decides anything about streams: requests become requests of {@link
 * dev.streamkeeper.StreamManager}, and its outcomes become status codes and headers.
 */
@NullMarked
package dev.streamkeeper.server;

import org.jspecify.annotations.NullMarked;
