/**
 * The values of the Durable Streams model: names, identities, positions, bytes, content types, and
 * the rules a stream is created with.
 *
 * <p>Everything here is immutable and safe to share between threads.
 */
@NullMarked
package dev.streamkeeper.stream;

import org.jspecify.annotations.NullMarked;
