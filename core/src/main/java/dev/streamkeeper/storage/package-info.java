/**
 * The storage SPI: what a provider implements so that Streamkeeper can keep streams in it.
 *
 * <p>A storage keeps three things for each stream: a small opaque <em>metadata</em> value, keyed
 * <em>entries</em> (small opaque values, loaded only when asked for), and the stream's
 * <em>bytes</em> by position. It changes all three through one operation, the {@linkplain
 * dev.streamkeeper.storage.Commit conditional commit of one stream}. It never interprets metadata,
 * entries or bytes, never decides anything, and needs no clock and no atomicity across streams.
 *
 * <p>A provider is found with {@link java.util.ServiceLoader} by its {@linkplain
 * dev.streamkeeper.storage.StorageProvider#name() name} and proves itself with the test kit of the
 * module {@code storage-tck}.
 */
@NullMarked
package dev.streamkeeper.storage;

import org.jspecify.annotations.NullMarked;
